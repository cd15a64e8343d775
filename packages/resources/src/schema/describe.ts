/** How values and sets of values are named to a person. */

const longestShown = 60

/** `"text"`, `5`, `null`, `an object`, `a list`; long text is cut. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'string') return quote(value)
  return String(value)
}

export function quote(text: string): string {
  return JSON.stringify(text.length > longestShown ? `${text.slice(0, longestShown)}…` : text)
}

/** `A`, `A or B`, `A, B or C`. */
export function either(values: readonly (string | number)[]): string {
  const texts = values.map(String)
  const last = texts.at(-1) ?? ''
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(', ')} or ${last}`
}

/** `1 item`, `2 items`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
