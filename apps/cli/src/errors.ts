/**
 * What went wrong, in one line for a person, and as an exit code for a script.
 *
 * Errors of our packages are known by their names, so that nothing has to be loaded just to say what they are.
 */
export const exitCodes = {
  /** Done, or the answer is yes. */
  ok: 0,
  /** The answer is no, something is invalid, or the server refused a request. */
  no: 1,
  /** The command line, or a file that was named, can't be understood. */
  usage: 2,
  /** The machine is not as it must be: no root, port taken, server unreachable. */
  environment: 3,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Each line of `lines` is shown as an error of its own. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode
  readonly lines: readonly string[]

  constructor(exitCode: ExitCode, lines: string | readonly string[], cause?: unknown) {
    const all = typeof lines === 'string' ? [lines] : lines
    super(all.join('\n'), { cause })
    this.exitCode = exitCode
    this.lines = all
  }
}

export function usageError(lines: string | readonly string[], cause?: unknown): CliError {
  return new CliError(exitCodes.usage, lines, cause)
}

export function failure(lines: string | readonly string[], cause?: unknown): CliError {
  return new CliError(exitCodes.no, lines, cause)
}

export function environmentError(lines: string | readonly string[], cause?: unknown): CliError {
  return new CliError(exitCodes.environment, lines, cause)
}

/** A file that can't be read. */
export class FileError extends Error {
  override readonly name = 'FileError'
  readonly path: string

  constructor(path: string, why: string, cause?: unknown) {
    super(`cannot read ${path}: ${why}`, { cause })
    this.path = path
  }
}

const codesByErrorName: Readonly<Record<string, ExitCode>> = {
  FileError: exitCodes.usage,
  ManifestError: exitCodes.usage,
  SelectorError: exitCodes.usage,
  TooManyRequestsError: exitCodes.usage,
  ClientConfigError: exitCodes.usage,
  ApiError: exitCodes.no,
  UnexpectedAnswerError: exitCodes.no,
  ConnectionError: exitCodes.environment,
  ListenError: exitCodes.environment,
  StartupError: exitCodes.environment,
  CredentialsError: exitCodes.usage,
  BackupFormatError: exitCodes.usage,
  BackupDamagedError: exitCodes.no,
  StoreNotEmptyError: exitCodes.no,
  AlreadyExistsError: exitCodes.no,
  ConflictError: exitCodes.no,
  NotFoundError: exitCodes.no,
  StorePermissionError: exitCodes.environment,
  StoreIoError: exitCodes.environment,
  StoreUnreachableError: exitCodes.environment,
  NetlinkError: exitCodes.environment,
  NftablesError: exitCodes.environment,
  InvalidSpecError: exitCodes.usage,
  InvalidStateFileError: exitCodes.environment,
  LabClosedError: exitCodes.environment,
  LabInUseError: exitCodes.environment,
  LabNotFoundError: exitCodes.environment,
  NeedsRootError: exitCodes.environment,
  MissingCommandError: exitCodes.environment,
  CommandFailedError: exitCodes.environment,
  SyscallError: exitCodes.environment,
}

export interface ErrorReport {
  readonly exitCode: ExitCode
  readonly lines: readonly string[]
  readonly isExpected: boolean
}

export function reportOf(error: unknown): ErrorReport {
  if (error instanceof CliError) return { exitCode: error.exitCode, lines: error.lines, isExpected: true }
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const known = Object.hasOwn(codesByErrorName, name) ? codesByErrorName[name] : undefined
  const line = oneLine(message)
  if (known !== undefined) return { exitCode: known, lines: [line], isExpected: true }
  const hint = 'this is a defect of margay; set MARGAY_DEBUG=1 to see where it happened'
  return { exitCode: exitCodes.no, lines: [`${line === '' ? name : line} (${hint})`], isExpected: false }
}

export function messageOf(error: unknown): string {
  return reportOf(error).lines.join('; ')
}

function oneLine(message: string): string {
  return message.trim().replace(/\s*\n\s*/g, '; ')
}
