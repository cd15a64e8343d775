/** The moment at which a write began, carried by the object itself to whoever sees the change. */
const name = 'bench.margay/sent'
const before = `"${name}":"`

/** As an annotation; milliseconds since the epoch with a fraction, comparable between processes of one machine. */
export function stamp(): Record<string, string> {
  return { [name]: String(performance.timeOrigin + performance.now()) }
}

/** From an event's line; undefined for one without. */
export function sentAt(line: string): number | undefined {
  const start = line.indexOf(before)
  if (start === -1) return undefined
  const value = start + before.length
  return Number(line.slice(value, line.indexOf('"', value)))
}
