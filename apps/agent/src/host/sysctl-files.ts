/** Settings below /proc/sys/net: whoever opens them gets those of the network namespace that the thread is in. */
import { readFileSync, writeFileSync } from 'node:fs'
import { inNetworkNamespace } from '@margay/netlink'

/** A setting that can't be written; the message gives the reason only. `code` is the errno's name. */
export class SysctlError extends Error {
  override readonly name = 'SysctlError'
  readonly path: string
  readonly code: string

  constructor(path: string, cause: unknown) {
    const code = codeOf(cause)
    super(`${code}${explanations[code] ?? ''}`, { cause })
    this.path = path
    this.code = code
  }
}

const explanations: Readonly<Record<string, string>> = {
  ENOENT: ' (this kernel does not have it)',
  EACCES: ' (read-only in this network namespace)',
  EPERM: ' (not permitted)',
  EROFS: ' (/proc/sys is mounted read-only)',
}

/** About 10 µs each; entered once for all. What can't be read is left out. */
export function readSysctls(netns: string | undefined, paths: readonly string[]): Map<string, string> {
  const values = new Map<string, string>()
  if (paths.length === 0) return values
  inNetworkNamespace(netns, () => {
    for (const path of paths) {
      const value = read(path)
      if (value !== undefined) values.set(path, value)
    }
  })
  return values
}

/** @throws SysctlError */
export function writeSysctl(netns: string | undefined, path: string, value: string): void {
  inNetworkNamespace(netns, () => {
    try {
      writeFileSync(`/proc/sys/${path}`, value)
    } catch (cause) {
      throw new SysctlError(path, cause)
    }
  })
}

function read(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim()
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'EIO'
}
