/**
 * Who owns a lab: a process, told apart from a later one with the same id by its start time and by the boot
 * that it belongs to (both as the kernel reports them in /proc; proc_pid_stat(5)).
 */
import { readFileSync } from 'node:fs'

export interface Owner {
  readonly pid: number
  /** Clock ticks since boot. */
  readonly startTime: number
  readonly bootId: string
}

export function currentOwner(): Owner {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? 0, bootId: bootId() }
}

/** True while the very process that `owner` describes runs. A zombie counts as gone. */
export function isAlive(owner: Owner): boolean {
  return owner.bootId === bootId() && startTimeOf(owner.pid) === owner.startTime
}

/**
 * Start time from the text of /proc/<pid>/stat; undefined for a process that has ended (states Z, X) and for
 * other text. The second field, the command, may hold blanks and brackets: fields are counted from the last ")".
 */
export function parseStartTime(stat: string): number | undefined {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(' ')
  const [state, startTime] = [fields[0], Number(fields[19])]
  if (state === 'Z' || state === 'X' || !Number.isInteger(startTime)) return undefined
  return startTime
}

function startTimeOf(pid: number): number | undefined {
  try {
    return parseStartTime(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return undefined
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
}
