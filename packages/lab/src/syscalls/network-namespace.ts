/**
 * Entering a network namespace for the length of one synchronous function.
 *
 * setns(2) moves only the calling thread. What is made inside (sockets, opened sysctl files) stays in the namespace;
 * the thread comes back before any other JavaScript can run. A thread that can't come back would do the rest of the
 * program's work in the wrong namespace, so that ends the process at once.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { SyscallError } from '../errors.ts'
import { CLONE_NEWNET } from './constants.ts'
import { errnoName } from './errno.ts'
import { lastErrno, setns } from './libc.ts'

export const namespaceDirectory = '/run/netns'

let homeFd: number | undefined
let isInside = false

export class NetworkNamespace {
  readonly name: string
  readonly #fd: number

  private constructor(name: string, fd: number) {
    this.name = name
    this.#fd = fd
  }

  /** Opens /run/netns/<name>; close it when done. The namespace lives on while it is open, even if it is deleted. */
  static open(name: string): NetworkNamespace {
    return new NetworkNamespace(name, openSync(`${namespaceDirectory}/${name}`, 'r'))
  }

  /** `work` must not await: what it returns is handed back after the thread has returned. Calls may not be nested. */
  enter<Result>(work: () => Result): Result {
    if (isInside) throw new Error('a thread can be in one network namespace only')
    homeFd ??= openSync('/proc/thread-self/ns/net', 'r')
    if (setns(this.#fd, CLONE_NEWNET) !== 0) throw new SyscallError('setns', errnoName(lastErrno()))
    isInside = true
    try {
      return work()
    } finally {
      returnHome(homeFd)
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}

function returnHome(home: number): void {
  if (setns(home, CLONE_NEWNET) !== 0) {
    writeSync(2, `margay: can't return from a network namespace: ${errnoName(lastErrno())}\n`)
    process.abort()
  }
  isInside = false
}
