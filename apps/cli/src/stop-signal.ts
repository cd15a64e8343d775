import type { Io } from './io.ts'

export interface StopOptions {
  readonly stopWithStdin?: true
}

/** A flag of every command that goes on until it is stopped. */
export const stopWithStdin = [
  '--stop-with-stdin',
  'stop too when standard input ends, so that whoever started it takes it along',
] as const

/** Aborted when the command is to stop: by a signal, and if so asked for by the end of standard input. */
export function stopSignal(io: Io, options: StopOptions): AbortSignal {
  const interrupted = io.interruption()
  return options.stopWithStdin === true ? AbortSignal.any([interrupted, io.stdinEnd()]) : interrupted
}

export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
