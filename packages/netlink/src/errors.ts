/** What can go wrong with netlink. Every message is one line that a person can act on. */

/** A system call failed: no socket, no namespace, no permission. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError'
  /** For example `bind`. */
  readonly syscall: string
  /** For example `EPERM`. */
  readonly errno: string

  constructor(syscall: string, errno: string, detail = '') {
    super(`${syscall}: ${errno}${explainErrno(errno)}${detail}`)
    this.syscall = syscall
    this.errno = errno
  }
}

/** The kernel refused a request, or its answer was lost. */
export class NetlinkError extends Error {
  override readonly name: string = 'NetlinkError'
  /** For example `ENOENT`. */
  readonly errno: string
  /** The kernel's own words (`NLMSGERR_ATTR_MSG`), where it has some. */
  readonly kernelMessage: string | undefined

  constructor(what: string, errno: string, kernelMessage?: string) {
    super(`${what}: ${errno}${explainErrno(errno)}${kernelMessage === undefined ? '' : `: ${kernelMessage}`}`)
    this.errno = errno
    this.kernelMessage = kernelMessage
  }
}

/** Bytes that are no netlink message, or not one of the kind that was expected. */
export class NetlinkDecodeError extends Error {
  override readonly name = 'NetlinkDecodeError'
  /** In bytes, from the beginning of what was received. */
  readonly offset: number

  constructor(problem: string, offset: number) {
    super(`netlink message, byte ${offset}: ${problem}`)
    this.offset = offset
  }
}

const explanations: Readonly<Record<string, string>> = {
  EPERM: ' (not permitted: needs root, or CAP_NET_ADMIN in the namespace)',
  ENOENT: ' (does not exist)',
  ENODEV: ' (no such link)',
  ECONNREFUSED: ' (nobody listens)',
  ETIMEDOUT: ' (no answer in time)',
  EADDRINUSE: ' (in use by another)',
  EEXIST: ' (exists already, or overlaps)',
  EBUSY: ' (still in use)',
  EINVAL: ' (invalid)',
  EOPNOTSUPP: ' (not supported by this kernel)',
  ENOBUFS: ' (messages were lost: the buffer is full)',
  EMSGSIZE: ' (too long)',
  ENFILE: ' (full)',
  ERESTART: ' (meant for another generation)',
}

/** What to do about it, or what it means, in parentheses. */
export function explainErrno(errno: string): string {
  return explanations[errno] ?? ''
}
