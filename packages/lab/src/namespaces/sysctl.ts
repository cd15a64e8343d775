/** Sysctls of a network namespace: files below /proc/sys/net show those of the thread that opens them. */
import { writeFileSync } from 'node:fs'
import { LabError } from '../errors.ts'
import { NetworkNamespace } from '../syscalls/network-namespace.ts'
import type { Sysctl } from './plan.ts'

/** No process is started for it: 200 pods take some tens of milliseconds. */
export function writeSysctls(netns: string, sysctls: readonly Sysctl[]): void {
  const namespace = NetworkNamespace.open(netns)
  try {
    namespace.enter(() => {
      for (const sysctl of sysctls) write(sysctl)
    })
  } finally {
    namespace.close()
  }
}

function write([path, value]: Sysctl): void {
  try {
    writeFileSync(`/proc/sys/net/${path}`, value)
  } catch (cause) {
    if (isMissing(cause) && optional.has(path)) return
    throw new LabError('SyscallFailed', `can't set /proc/sys/net/${path} to ${value}`, { cause })
  }
}

/** Older kernels have one limit for all namespaces here, which is not ours to change; or no conntrack yet. */
const optional = new Set([
  'ipv4/icmp_msgs_per_sec',
  'ipv4/icmp_msgs_burst',
  'netfilter/nf_conntrack_checksum',
])

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EPERM')
}
