/** Times as `kubectl get` shows ages: one or two units, coarser the longer it is. */
interface Step {
  /** Up to this many milliseconds. */
  readonly below: number
  readonly unit: number
  readonly name: string
  /** Shown after it, where it is not zero. */
  readonly fine?: { readonly unit: number; readonly name: string }
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const year = 365 * day

const steps: readonly Step[] = [
  { below: 2 * minute, unit: second, name: 's' },
  { below: 10 * minute, unit: minute, name: 'm', fine: { unit: second, name: 's' } },
  { below: 3 * hour, unit: minute, name: 'm' },
  { below: 8 * hour, unit: hour, name: 'h', fine: { unit: minute, name: 'm' } },
  { below: 2 * day, unit: hour, name: 'h' },
  { below: 8 * day, unit: day, name: 'd', fine: { unit: hour, name: 'h' } },
  { below: 2 * year, unit: day, name: 'd' },
  { below: 8 * year, unit: year, name: 'y', fine: { unit: day, name: 'd' } },
  { below: Number.POSITIVE_INFINITY, unit: year, name: 'y' },
]

/** `time` in RFC 3339. A time in the future, by a clock that runs ahead, is 0s. */
export function formatAge(time: string | undefined, now: Date): string {
  const createdMs = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(createdMs) ? '<unknown>' : formatDuration(Math.max(0, now.getTime() - createdMs))
}

export function ageOf(seconds: number): string {
  return formatDuration(Math.floor(seconds) * second)
}

function formatDuration(ms: number): string {
  const step = steps.find(({ below }) => ms < below)
  if (step === undefined) return '<unknown>'
  const { unit, name, fine } = step
  const rest = fine === undefined ? 0 : Math.floor((ms % unit) / fine.unit)
  return `${Math.floor(ms / unit)}${name}${fine === undefined || rest === 0 ? '' : `${rest}${fine.name}`}`
}
