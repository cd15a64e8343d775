/** A network namespace as an open descriptor, for links that are made in it or move to it. */
import { closeSync, openSync } from 'node:fs'
import { SyscallError } from '../errors.ts'

/** `netns` is a name as `ip netns` knows it, or a path. @throws SyscallError when it can't be opened */
export function withNamespace<Result>(
  netns: string | undefined,
  use: (fd: number | undefined) => Result,
): Result {
  if (netns === undefined) return use(undefined)
  const fd = open(netns.includes('/') ? netns : `/run/netns/${netns}`)
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EINVAL'
    throw new SyscallError('open', code, `: network namespace ${path}`)
  }
}
