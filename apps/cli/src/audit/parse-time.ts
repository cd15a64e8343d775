import { usageError } from '../errors.ts'
import { durationOf } from '../parse-duration.ts'

/** RFC 3339, a date, or an age before `now`. @throws CliError */
export function parseTime(flag: string, text: string, now: Date): Date {
  const age = durationOf(text)
  if (age !== undefined) return new Date(now.getTime() - age)
  const time = /^\d{4}-\d\d-\d\d(?:$|T)/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return new Date(time)
  throw usageError(
    `${flag}: must be a time such as 2026-01-31T12:00:00Z, a date or an age such as 24h, but is ${JSON.stringify(text)}`,
  )
}
