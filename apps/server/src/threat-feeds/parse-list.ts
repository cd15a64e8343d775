/** What an answer lists, as texts; whether these are addresses or domains is read next. Source: spec/enterprise.md 5.1. */
import { parseJsonPath, selectByPath, type ThreatFeedFormat } from '@margay/resources'
import { PullError } from './fetch-list.ts'
import { parseCsv } from './parse-csv.ts'
import type { ParsedList } from './parsed-list.ts'

/** @throws PullError */
export function parseList(text: string, { json, csv }: ThreatFeedFormat = {}): ParsedList {
  if (json !== undefined) return parseJsonList(text, json.path)
  if (csv !== undefined) return parseCsv(text, csv)
  return { entries: parseLines(text), broken: 0 }
}

function parseLines(text: string): string[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
}

function parseJsonList(text: string, path: string): ParsedList {
  const steps = parseJsonPath(path)
  if (steps === undefined)
    throw new PullError('ListUnusable', 'the path in spec.pull.http.format.json can not be read')
  const found = selectByPath(parseDocument(text), steps)
  // A path to the list itself is as good as one to its items.
  const [only] = found
  const items: unknown[] = found.length === 1 && Array.isArray(only) ? only : found
  const entries = items.filter((item) => typeof item === 'string').map((item) => item.trim())
  return { entries, broken: items.length - entries.length }
}

function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PullError('ListUnusable', 'the answer is no JSON', cause)
  }
}
