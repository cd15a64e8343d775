import { usageError } from '../errors.ts'

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** RFC 3339, a date, or an age before `now`. @throws CliError */
export function parseTime(flag: string, text: string, now: Date): Date {
  const age = /^(\d{1,9})([smhd])$/.exec(text)
  if (age !== null) return new Date(now.getTime() - Number(age[1]) * (units[age[2] ?? ''] ?? 0))
  const time = /^\d{4}-\d\d-\d\d(?:$|T)/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return new Date(time)
  throw usageError(
    `${flag}: must be a time such as 2026-01-31T12:00:00Z, a date or an age such as 24h, but is ${JSON.stringify(text)}`,
  )
}
