/** What is true of the headers of a set of requests, as a person reads it. */
import type { HeaderPart } from './request-parts.ts'

/** `with X-Role: admin and without X-Debug`; nothing where nothing is said. */
export function formatHeaders(headers: readonly HeaderPart[]): string {
  return headers.map(formatHeader).join(' and ')
}

/** By what the header may be, or by what not, if that is listed and what it may be is not. */
function formatHeader({ name, allowed, others }: HeaderPart): string {
  const header = headerName(name)
  if (allowed.values.length === 0) return `without ${header}`
  if (others.values.length === 0) return `with ${header}`
  if (!isOpen(allowed.values)) {
    const some = `with ${header}: ${allowed.values.join(' or ')}`
    return allowed.isAbsent ? `${some} or without it` : some
  }
  const except = others.values.join(' or ')
  return allowed.isAbsent ? `unless ${header}: ${except}` : `with ${header} but not ${except}`
}

/** Does it take in what no rule lists? */
function isOpen(values: readonly string[]): boolean {
  return values.some((it) => /^…+$/.test(it))
}

/** As headers are mostly written: `X-Role`. */
function headerName(name: string): string {
  return name.replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase())
}
