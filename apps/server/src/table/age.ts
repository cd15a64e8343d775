/**
 * A duration as `kubectl get` shows ages: one or two units, coarser the longer it is.
 *
 * Source  The HumanDuration convention of kubectl's AGE column.
 */
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const year = 365 * day

/** `ms` below zero (a clock that runs ahead) shows as 0s. */
export function formatAge(ms: number): string {
  if (ms < 2 * minute) return `${Math.max(0, Math.floor(ms / second))}s`
  if (ms < 10 * minute) return twoUnits(ms, minute, 'm', second, 's')
  if (ms < 3 * hour) return `${Math.floor(ms / minute)}m`
  if (ms < 8 * hour) return twoUnits(ms, hour, 'h', minute, 'm')
  if (ms < 2 * day) return `${Math.floor(ms / hour)}h`
  if (ms < 8 * day) return twoUnits(ms, day, 'd', hour, 'h')
  if (ms < 2 * year) return `${Math.floor(ms / day)}d`
  if (ms < 8 * year) return twoUnits(ms, year, 'y', day, 'd')
  return `${Math.floor(ms / year)}y`
}

function twoUnits(ms: number, coarse: number, coarseName: string, fine: number, fineName: string): string {
  const rest = Math.floor((ms % coarse) / fine)
  return `${Math.floor(ms / coarse)}${coarseName}${rest === 0 ? '' : `${rest}${fineName}`}`
}
