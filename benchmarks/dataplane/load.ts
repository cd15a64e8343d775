/** So many policies at both pods of a bed, brought into its kernel by a process that may take too long. */
import { join } from 'node:path'
import type { Context } from '../harness/bench.ts'
import type { Bed } from './beds.ts'
import { runWithin } from './time-limit.ts'

const limitMs = 240_000

export interface Loaded {
  /** False: it took too long, and the kernel holds nothing of it. */
  readonly isDone: boolean
  readonly ms: number
}

/** The bed has to be the first one of its lab. What its kernel held before is gone. */
export async function loadPolicies({ lab, node }: Bed, policies: number, context: Context): Promise<Loaded> {
  await lab.runInNode(node, 'nft', ['flush', 'ruleset'])
  const args = [join(import.meta.dirname, 'load-policies.ts'), node.netns, node.name, String(policies)]
  const start = performance.now()
  const isDone = await runWithin({ args, limitMs }, context)
  return { isDone, ms: performance.now() - start }
}
