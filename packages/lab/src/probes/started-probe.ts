/** What a probe that is on its way is to the one that runs it. */
import type { Finding } from './probe-request.ts'

/** The first finding counts; undefined means: nothing yet. */
export type Report = (finding: Finding | undefined) => void

export interface StartedProbe {
  /** Frees what it holds. */
  stop(): void
  /** What is known when the time is up; undefined means that nothing was seen. */
  findingAtTimeout?(): Finding | undefined
}
