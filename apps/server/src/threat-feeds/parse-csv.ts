/** One field of each record. Source: RFC 4180, but for line feeds within quotes: no list of addresses or domains has them. */
import type { ThreatFeedCsv } from '@margay/resources'
import { PullError } from './fetch-list.ts'
import type { ParsedList } from './parsed-list.ts'

/** @throws PullError */
export function parseCsv(text: string, csv: ThreatFeedCsv): ParsedList {
  const { columnDelimiter = ',', commentDelimiter, header = false } = csv
  const records = text
    .split(/\r\n|\n|\r/)
    .filter(
      (line) => line.trim() !== '' && (commentDelimiter === undefined || !line.startsWith(commentDelimiter)),
    )
    .map((line) => splitRecord(line, columnDelimiter))
  const at = csv.fieldNum ?? columnOf(csv.fieldName ?? '', records[0] ?? [])
  const size = csv.disableRecordSizeValidation === true ? undefined : (csv.recordSize ?? records[0]?.length)
  const data = header ? records.slice(1) : records
  const entries = data
    .filter((fields) => size === undefined || fields.length === size)
    .flatMap((fields) => fields.slice(at, at + 1))
    .map((field) => field.trim())
  return { entries, broken: data.length - entries.length }
}

function columnOf(name: string, heading: readonly string[]): number {
  const at = heading.findIndex((field) => field.trim() === name)
  if (at < 0)
    throw new PullError(
      'ListUnusable',
      'the first line has no field of the name that spec.pull.http.format.csv says',
    )
  return at
}

function splitRecord(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter)
  const fields: string[] = []
  let field = ''
  let isQuoted = false
  for (let index = 0; index < line.length; index++) {
    const character = line[index] ?? ''
    if (character === '"') {
      // A doubled quote ends and begins again, which leaves one.
      if (!isQuoted && line[index - 1] === '"') field += '"'
      isQuoted = !isQuoted
    } else if (character === delimiter && !isQuoted) {
      fields.push(field)
      field = ''
    } else field += character
  }
  return [...fields, field]
}
