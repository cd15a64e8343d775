/** CheckRequests that another implementation of protobuf wrote; recorded-checks.json says which, and what is in them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface RecordedCheck {
  readonly name: string
  readonly bytes: Buffer
}

interface Recorded {
  readonly checks: readonly { readonly name: string; readonly base64: string }[]
}

const text = readFileSync(join(import.meta.dirname, 'recorded-checks.json'), 'utf8')

export const recordedChecks: readonly RecordedCheck[] = (JSON.parse(text) as Recorded).checks.map(
  ({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') }),
)

export function recordedCheck(name: string): Buffer {
  const found = recordedChecks.find((check) => check.name === name)
  if (found === undefined) throw new RangeError(`no check '${name}' is recorded`)
  return found.bytes
}
