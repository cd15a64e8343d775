/** What can go wrong with WireGuard. No error repeats what was sent or received: private keys are in both. */
import { explainErrno } from '../errors.ts'

/** A device can't be reached, or refused a request. */
export class WireguardError extends Error {
  override readonly name = 'WireguardError'
  /** For example `ENODEV`. */
  readonly errno: string

  constructor(what: string, errno: string, detail = '', options?: ErrorOptions) {
    super(`${what}: ${errno}${explainErrno(errno)}${detail}`, options)
    this.errno = errno
  }

  /** There is no such device, or the process that had it is gone. */
  get isWithoutDevice(): boolean {
    return ['ENODEV', 'ENOENT', 'ECONNREFUSED'].includes(this.errno)
  }
}

/** The kernel has no WireGuard: neither built in nor as a module that it could load. */
export class WireguardUnsupportedError extends Error {
  override readonly name = 'WireguardUnsupportedError'

  constructor(options?: ErrorOptions) {
    super(
      'this kernel has no WireGuard (neither built in nor as a module): wireguard-go can take its place',
      options,
    )
  }
}

/** An answer that is none of the protocol's. */
export class WireguardDecodeError extends Error {
  override readonly name = 'WireguardDecodeError'
  /** Of the answer, from 1. */
  readonly line: number

  constructor(problem: string, line: number) {
    super(`answer of a WireGuard device, line ${line}: ${problem}`)
    this.line = line
  }
}
