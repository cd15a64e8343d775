import { usageError } from './errors.ts'

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a number and a unit, such as 90m, 24h or 7d; undefined for any other text. */
export function durationOf(text: string): number | undefined {
  const duration = /^(\d{1,9})([smhd])$/.exec(text)
  return duration === null ? undefined : Number(duration[1]) * (units[duration[2] ?? ''] ?? 0)
}

/** Above zero, and at most a hundred years. @throws CliError */
export function parseDuration(flag: string, text: string): number {
  const ms = durationOf(text)
  if (ms !== undefined && ms > 0 && ms <= 36_500 * 86_400_000) return ms
  throw usageError(`${flag}: must be a time such as 12h or 365d, but is ${JSON.stringify(text)}`)
}
