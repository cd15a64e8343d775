/** What the schema of a feed can't say. Source: spec/enterprise.md 5.1. */
import { describe } from '../../schema/describe.ts'
import { fieldPath, forbidden, type Issue, invalid, required } from '../../schema/issue.ts'
import { durationSeconds } from '../felix-configuration/duration.ts'
import { checkLabels } from '../meta/check-metadata.ts'
import { checkHeaders } from './check-headers.ts'
import { jsonPathFormat, parseJsonPath } from './json-path.ts'
import type { GlobalThreatFeed, ThreatFeedCsv, ThreatFeedFormat } from './schema.ts'

const minPeriodSeconds = 5 * 60
/** A year; a timer of the server could not wait much longer. */
const maxPeriodSeconds = 365 * 86_400
/** Selectors use it for the real namespace; nobody may claim another. */
const namespaceLabel = 'projectcalico.org/namespace'

export function* checkGlobalThreatFeed({ metadata, spec }: GlobalThreatFeed): Iterable<Issue> {
  yield* checkSet(spec)
  if (spec.pull === undefined) return
  yield* checkPeriod(spec.pull.period)
  const { url, format, headers = [] } = spec.pull.http
  yield* checkUrl(url)
  if (format !== undefined) yield* checkFormat(format, 'spec.pull.http.format')
  yield* checkHeaders(headers, metadata.name)
}

function* checkSet({ globalNetworkSet, content, pull }: GlobalThreatFeed['spec']): Iterable<Issue> {
  if (globalNetworkSet === undefined) return
  const path = 'spec.globalNetworkSet'
  if (content === 'DomainNameSet')
    yield forbidden(path, 'a set holds addresses: remove it, or make content IPSet')
  if (pull === undefined) yield forbidden(path, 'nothing fills it: add pull, or remove it')
  const { labels = {} } = globalNetworkSet
  yield* checkLabels(labels, `${path}.labels`)
  if (Object.hasOwn(labels, namespaceLabel))
    yield forbidden(fieldPath(`${path}.labels`, namespaceLabel), 'this label is set by the system only')
}

function* checkPeriod(period = '24h'): Iterable<Issue> {
  const seconds = durationSeconds(period)
  if (seconds !== undefined && seconds >= minPeriodSeconds && seconds <= maxPeriodSeconds) return
  yield invalid(
    'spec.pull.period',
    `must be from 5m to 8760h, as a sum such as 1h30m, but is ${describe(period)}`,
  )
}

/** Without a parser of URLs, which the package can't ask for: the server parses it again, and refuses what it can't get. */
const httpUrl = /^https?:\/\/(?<authority>[^/?#\s\\]+)(?:[/?][^\s#\\]*)?$/i

function* checkUrl(url: string): Iterable<Issue> {
  const path = 'spec.pull.http.url'
  const authority = httpUrl.exec(url)?.groups?.authority
  // Not the URL itself: it may hold what is secret.
  if (authority === undefined)
    yield invalid(path, 'must be a URL of http or https, such as https://example.com/list.txt')
  else if (authority.includes('@'))
    yield forbidden(path, 'must have no user and password: give them in headers, from a secret')
}

function* checkFormat(format: ThreatFeedFormat, path: string): Iterable<Issue> {
  const given = Object.keys(format)
  if (given.length > 1) yield invalid(path, `must be one of ${given.join(', ')}`)
  if (format.json !== undefined && parseJsonPath(format.json.path) === undefined)
    yield invalid(`${path}.json.path`, `must be ${jsonPathFormat}, but is ${describe(format.json.path)}`)
  if (format.csv !== undefined) yield* checkCsv(format.csv, `${path}.csv`)
}

function* checkCsv(csv: ThreatFeedCsv, path: string): Iterable<Issue> {
  const { fieldNum, fieldName, header = false, recordSize } = csv
  if ((fieldNum === undefined) === (fieldName === undefined))
    yield required(path, 'needs either fieldNum or fieldName')
  if (fieldName !== undefined && !header)
    yield required(`${path}.header`, 'must be true for fieldName, which the first line tells')
  if (fieldNum !== undefined && recordSize !== undefined && fieldNum >= recordSize)
    yield invalid(`${path}.fieldNum`, `must be below recordSize, which is ${recordSize}`)
  if (recordSize !== undefined && csv.disableRecordSizeValidation === true)
    yield forbidden(`${path}.recordSize`, 'must be absent where sizes are not validated')
  for (const field of ['columnDelimiter', 'commentDelimiter'] as const) {
    if (/["\r\n]/.test(csv[field] ?? ''))
      yield invalid(`${path}.${field}`, 'must be no quote and no line feed')
  }
}
