/** What was cleaned up, as a person reads it. Pure. */
import type { CleanupReport } from './clean-up.ts'

/** One line each; failures are told elsewhere. */
export function formatCleanup({ removed, failures }: CleanupReport, isPlan: boolean): string[] {
  const verb = isPlan ? 'would remove' : 'removed'
  if (removed.length + failures.length === 0) return ['there is nothing of margay on this node']
  return [...removed.map((line) => `${verb} ${line}`), ...(isPlan ? [] : [kept])]
}

const kept =
  'left as they are: settings of the kernel (sysctl) and entries of pods in its neighbour tables, which others may need too'
