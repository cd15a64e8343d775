/** What a process took, of itself. */

/** What this thread had a processor for, since it began: what else the machine does is not in it. */
export function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e6
}

/** After a collection. @throws Error in a process that runs without --expose-gc */
export function heapMb(): number {
  if (globalThis.gc === undefined) throw new Error('run it with --expose-gc')
  // What the first one lets go of may have held more.
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed / 2 ** 20
}
