import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from './bench.ts'

/** On a disk, also where /tmp is memory: syncing to that would cost nothing. Removed when the suite ends. */
export async function temporaryDirectory({ defer }: Pick<Context, 'defer'>): Promise<string> {
  const path = await mkdtemp(join('/var/tmp', 'margay-bench-'))
  defer(() => rm(path, { recursive: true, force: true }))
  return path
}
