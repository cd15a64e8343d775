/** What is in memory, and needed. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** MiB in use after a collection: objects and array buffers. */
export function heapMb(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 2 ** 20
}

/** Without a flag of the command line. Twice: what a finalizer frees is only gone the second time. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function')
    throw new Error('this Node has no garbage collection that can be asked for')
  collect()
  collect()
}
