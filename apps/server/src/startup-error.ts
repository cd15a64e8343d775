/** Why the server could not start, in one line for a person; `code` tells the causes apart. */
export type StartupProblem =
  | 'AddressInUse'
  | 'AddressNotAllowed'
  | 'AddressNotFound'
  | 'DirectoryNotWritable'
  | 'DatabaseLocked'
  | 'DatabaseUnusable'
  | 'DatabaseUnreachable'
  | 'AuditUnusable'
  | 'AuthenticationUnusable'

export class StartupError extends Error {
  override readonly name = 'StartupError'
  readonly problem: StartupProblem

  constructor(problem: StartupProblem, message: string, cause: unknown) {
    super(message, { cause })
    this.problem = problem
  }
}

/** The `code` of a system error, as in EADDRINUSE. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
