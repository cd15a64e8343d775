/** Headers of a feed's request. Sources: RFC 9110 5.1 and 5.5 (names and values), spec/enterprise.md 5.1. */
import { describe } from '../../schema/describe.ts'
import { duplicate, forbidden, type Issue, invalid, required } from '../../schema/issue.ts'
import { isDnsSubdomain } from '../meta/names.ts'
import { threatFeedSourcePrefix } from './names.ts'
import type { ThreatFeedHeader } from './schema.ts'

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/
/** Visible characters of ASCII, and spaces between them. */
const fieldValue = /^(?:[\x21-\x7e](?:[\t \x21-\x7e]*[\x21-\x7e])?)?$/

/** The server sets them itself; another value would make it speak of a connection, or a body, that is not there. */
const ownHeaders = [
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'if-modified-since',
  'if-none-match',
  'keep-alive',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

export function isHeaderValue(text: string): boolean {
  return fieldValue.test(text)
}

export function* checkHeaders(headers: readonly ThreatFeedHeader[], feed: string): Iterable<Issue> {
  const seen = new Set<string>()
  for (const [index, header] of headers.entries()) {
    const path = `spec.pull.http.headers[${index}]`
    const name = header.name.toLowerCase()
    if (seen.has(name)) yield duplicate(`${path}.name`, 'is there already; each header may occur once')
    seen.add(name)
    yield* checkName(header.name, `${path}.name`)
    yield* checkValue(header, path, feed)
  }
}

function* checkName(name: string, path: string): Iterable<Issue> {
  if (!token.test(name)) yield invalid(path, `must be the name of a header, but is ${describe(name)}`)
  else if (ownHeaders.includes(name.toLowerCase()))
    yield forbidden(path, 'this header is set by the server only')
}

function* checkValue({ value, valueFrom }: ThreatFeedHeader, path: string, feed: string): Iterable<Issue> {
  if ((value === undefined) === (valueFrom === undefined))
    yield required(path, 'needs either value or valueFrom')
  // Not the value itself: it may be what nobody should see.
  if (value !== undefined && !isHeaderValue(value))
    yield invalid(`${path}.value`, 'must be visible characters of ASCII, with spaces between them only')
  if (valueFrom === undefined) return
  const { secretKeyRef, configMapKeyRef } = valueFrom
  if ((secretKeyRef === undefined) === (configMapKeyRef === undefined))
    yield required(`${path}.valueFrom`, 'needs either secretKeyRef or configMapKeyRef')
  for (const [field, reference] of Object.entries({ secretKeyRef, configMapKeyRef })) {
    if (reference !== undefined) yield* checkSource(reference.name, `${path}.valueFrom.${field}.name`, feed)
  }
}

function* checkSource(name: string, path: string, feed: string): Iterable<Issue> {
  const prefix = threatFeedSourcePrefix(feed)
  if (isDnsSubdomain(name) && name.startsWith(prefix)) return
  yield invalid(path, `must begin with ${prefix}, so that a feed sends nothing that is not its own`)
}
