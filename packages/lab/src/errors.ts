/**
 * What can go wrong in a lab. Every message is one line that a person can act on; `code` is for programs.
 */
export type LabErrorCode =
  | 'NeedsRoot'
  | 'MissingCommand'
  | 'CommandFailed'
  | 'LabInUse'
  | 'LabNotFound'
  | 'LabClosed'
  | 'InvalidSpec'
  | 'InvalidStateFile'
  | 'SyscallFailed'

export class LabError extends Error {
  readonly code: LabErrorCode

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Network namespaces can be made by root only (CAP_SYS_ADMIN and CAP_NET_ADMIN). */
export class NeedsRootError extends LabError {
  constructor() {
    super('NeedsRoot', 'a lab needs root: it makes network namespaces')
  }
}

export class MissingCommandError extends LabError {
  readonly command: string

  constructor(command: string, options?: ErrorOptions) {
    super('MissingCommand', `the command "${command}" is not installed or not in PATH`, options)
    this.command = command
  }
}

/** A command ended with a failure, by a signal, or was stopped because its time was up. */
export class CommandFailedError extends LabError {
  readonly command: string
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  readonly stderr: string

  constructor(command: string, exitCode: number | null, stderr: string) {
    const reason =
      stderr
        .trim()
        .split(/\s*\n\s*/)
        .join('; ') || `exit code ${exitCode}`
    super('CommandFailed', `"${command}" failed: ${reason}`)
    this.command = command
    this.exitCode = exitCode
    this.stderr = stderr
  }
}

/** Another process that is still alive owns the lab of this name. */
export class LabInUseError extends LabError {
  readonly pid: number

  constructor(lab: string, pid: number) {
    super('LabInUse', `lab "${lab}" is in use by process ${pid}`)
    this.pid = pid
  }
}

export class LabNotFoundError extends LabError {
  constructor(what: string) {
    super('LabNotFound', `${what} does not exist`)
  }
}

export class LabClosedError extends LabError {
  constructor(lab: string) {
    super('LabClosed', `lab "${lab}" is closed`)
  }
}

/** A name, address or interface that a lab can't take; `field` says which. */
export class InvalidSpecError extends LabError {
  readonly field: string

  constructor(field: string, message: string) {
    super('InvalidSpec', `${field}: ${message}`)
    this.field = field
  }
}

export class InvalidStateFileError extends LabError {
  constructor(file: string, message: string, options?: ErrorOptions) {
    super('InvalidStateFile', `lab state file ${file}: ${message}`, options)
  }
}

export class SyscallError extends LabError {
  /** For example `connect`. */
  readonly syscall: string
  /** For example `ECONNREFUSED`. */
  readonly errno: string

  constructor(syscall: string, errno: string) {
    super('SyscallFailed', `${syscall}: ${errno}`)
    this.syscall = syscall
    this.errno = errno
  }
}
