/** What came to a workload, as it tells of it itself. */

/** What the workload saw of a request that was allowed. */
export function seen(body: string): {
  readonly method: string
  readonly path: string
  readonly headers: string[]
} {
  return JSON.parse(body) as ReturnType<typeof seen>
}

export function valuesIn(body: string, name: string): string[] {
  const { headers } = seen(body)
  return headers.filter((_, index) => index % 2 === 1 && headers[index - 1] === name)
}

/** Nothing is left in it that somebody could resolve to another one. */
export function isPlainlyPublic(path: string): boolean {
  const [before = ''] = path.split('?')
  return /^\/(public)?(\/[^/\\]+)*\/?$/.test(before) && !/(^|\/)\.|%2e|%2f|%5c/i.test(before)
}
