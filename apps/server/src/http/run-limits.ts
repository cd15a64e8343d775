/** The limits of a server as it is started: what the user wants, and what the process can have. */
import type { Files } from '../pki/ensure-pki.ts'
import { defaultLimits, type Limits } from './limits.ts'

/** What is left out is as `defaultLimits` says. */
export interface LimitOptions {
  readonly connections?: number
  readonly connectionsPerAddress?: number
  /** Of requests that read, and that write, under way at the same time. */
  readonly reading?: number
  readonly mutating?: number
}

/**
 * No more connections than three quarters of the files that may be open: the database and the log have to be written also
 * when there are as many clients as there may be.
 */
export function runLimits(wanted: LimitOptions = {}, openFiles: number): Limits {
  const { connections, requests, bytes } = defaultLimits
  const { reading = requests.reading, mutating = requests.mutating } = wanted
  const total = Math.min(wanted.connections ?? connections.total, Math.floor(0.75 * openFiles))
  const perAddress = wanted.connectionsPerAddress ?? Math.ceil(total / 2)
  const unproven = Math.min(connections.unproven, total)
  const unprovenPerAddress = Math.min(connections.unprovenPerAddress, Math.ceil(unproven / 2))
  return {
    connections: { total, perAddress, unproven, unprovenPerAddress },
    requests: { reading, mutating },
    bytes,
  }
}

/** That this process may have; infinite where the system does not tell. Source: proc_pid_limits(5). Node raises it to the hard limit. */
export async function maxOpenFiles(files: Pick<Files, 'read'>): Promise<number> {
  const limits = await files.read('/proc/self/limits')
  const soft = /^Max open files +(\d+)/m.exec(limits ?? '')?.[1]
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
}
