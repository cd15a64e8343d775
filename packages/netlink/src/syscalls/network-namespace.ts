/**
 * Entering a network namespace for the length of one synchronous function.
 *
 * setns(2) moves only the calling thread. A socket that is made inside stays in the namespace; the thread comes back
 * before any other JavaScript can run. A thread that can't come back would do the rest of the program's work in the wrong
 * namespace, so that ends the process at once.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { SyscallError } from '../errors.ts'
import { CLONE_NEWNET } from './constants.ts'
import { errnoName } from './errno.ts'
import { lastErrno, setns } from './libc.ts'

/**
 * `netns` is a name as `ip netns` knows it, or a path such as `/proc/1/ns/net`; undefined stays where the thread is.
 * `work` must not await.
 *
 * @throws SyscallError when there is no such namespace, or no right to enter it
 */
export function inNetworkNamespace<Result>(netns: string | undefined, work: () => Result): Result {
  if (netns === undefined) return work()
  const target = openNamespace(netns.includes('/') ? netns : `/run/netns/${netns}`)
  try {
    return inside(target, work)
  } finally {
    closeSync(target)
  }
}

function openNamespace(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EINVAL'
    throw new SyscallError('open', code, `: network namespace ${path}`)
  }
}

function inside<Result>(target: number, work: () => Result): Result {
  const home = openNamespace('/proc/thread-self/ns/net')
  try {
    if (setns(target, CLONE_NEWNET) !== 0) throw new SyscallError('setns', errnoName(lastErrno()))
    try {
      return work()
    } finally {
      returnTo(home)
    }
  } finally {
    closeSync(home)
  }
}

function returnTo(home: number): void {
  if (setns(home, CLONE_NEWNET) === 0) return
  writeSync(2, `can't return from a network namespace: ${errnoName(lastErrno())}\n`)
  process.abort()
}
