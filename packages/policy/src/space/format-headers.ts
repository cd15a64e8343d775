/** What is true of the headers of a set of requests, as a person reads it. */
import type { HeaderPart } from './request-parts.ts'

/** `with X-Role: admin and without X-Debug unless X-Team: a or X-Old: b`; nothing where nothing is said. */
export function formatHeaders(headers: readonly HeaderPart[]): string {
  const excepted = headers.filter(isException).map(exceptionOf)
  return [
    headers
      .filter((it) => !isException(it))
      .map(formatHeader)
      .join(' and '),
    excepted.length === 0 ? '' : `unless ${excepted.join(' or ')}`,
  ]
    .filter((it) => it !== '')
    .join(' ')
}

/** May it be absent, or what no rule lists? Then what it may not be is listed. */
function isException({ allowed }: HeaderPart): boolean {
  return allowed.isAbsent && isOpen(allowed.values)
}

function exceptionOf({ name, others }: HeaderPart): string {
  return `${headerName(name)}: ${others.values.join(' or ')}`
}

function formatHeader({ name, allowed, others }: HeaderPart): string {
  const header = headerName(name)
  if (allowed.values.length === 0) return `without ${header}`
  if (others.values.length === 0) return `with ${header}`
  if (isOpen(allowed.values)) return `with ${header} but not ${others.values.join(' or ')}`
  return `with ${header}: ${[...allowed.values, ...(allowed.isAbsent ? ['none'] : [])].join(' or ')}`
}

/** Does it take in what no rule lists? */
function isOpen(values: readonly string[]): boolean {
  return values.some((it) => /^…+$/.test(it))
}

/** As headers are mostly written: `X-Role`. */
function headerName(name: string): string {
  return name.replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase())
}
