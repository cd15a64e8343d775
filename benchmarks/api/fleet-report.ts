/** What a process of watchers tells of what arrived. */
export interface FleetReport {
  /** Milliseconds from the start of a write to an arrival, and how often. */
  readonly latencies: readonly (readonly [number, number])[]
  /** For each watcher, how many changes it got. */
  readonly arrivals: readonly number[]
  /** Watches that ended, for whatever reason. */
  readonly ended: number
}
