let cleanUp: () => Promise<void> = async () => {}
let isListening = false

/** At SIGINT or SIGTERM, undoes what was registered last, and ends the process as the signal would have. */
export function onInterrupt(undo: () => Promise<void>): void {
  cleanUp = undo
  if (isListening) return
  isListening = true
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => void cleanUp().finally(() => process.exit(exitCode)))
  }
}
