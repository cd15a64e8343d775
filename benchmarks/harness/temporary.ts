import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from './bench.ts'

/** On a disk, also where /tmp is memory: syncing to memory would cost nothing. */
const onDisk = '/var/tmp'
const inMemory = '/dev/shm'

export type Medium = 'disk' | 'memory'

/** Removed when the suite ends. In memory is for what is only read: a disk would make its set-up slow. */
export async function temporaryDirectory(
  { defer }: Pick<Context, 'defer'>,
  medium: Medium = 'disk',
): Promise<string> {
  const path = await mkdtemp(join(medium === 'disk' ? onDisk : inMemory, 'margay-bench-'))
  defer(() => rm(path, { recursive: true, force: true }))
  return path
}
