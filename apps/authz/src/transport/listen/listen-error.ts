/** Why there can't be listened where it was asked for, in one line for a person. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** The `code` of a system error, as in EADDRINUSE. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
