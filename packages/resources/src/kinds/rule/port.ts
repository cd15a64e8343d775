/** Ports as rules write them: 80, "80", "80:90" or "http". Source: spec/api.md section 2. */

export type ParsedPort =
  | { readonly kind: 'Range'; readonly min: number; readonly max: number }
  | { readonly kind: 'Name'; readonly name: string }

/** Reads the form only; whether the numbers make sense is a rule of its own. */
export function parsePort(port: string | number): ParsedPort {
  const text = String(port)
  const match = /^(-?\d+)(?::(\d+))?$/.exec(text)
  if (match === null) return { kind: 'Name', name: text }
  const min = Number(match[1])
  return { kind: 'Range', min, max: match[2] === undefined ? min : Number(match[2]) }
}

/** One number for one port, `min:max` for more, as Calico writes them back; what can't be right stays as it is. */
export function normalizePort(port: string | number): string | number {
  const parsed = parsePort(port)
  if (parsed.kind === 'Name' || parsed.min < 0 || parsed.max > 65535 || parsed.min > parsed.max) return port
  return parsed.min === parsed.max ? parsed.min : `${parsed.min}:${parsed.max}`
}
