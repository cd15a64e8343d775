/** Processes that live in namespaces of a lab: an agent leaves them behind on purpose, so that they outlive it. */
import { readdirSync, statSync } from 'node:fs'
import { namespaceDirectory } from '../syscalls/network-namespace.ts'

/** Ends all whose main thread is in one of these namespaces, but for this process. Nobody else has reason to be there. */
export function endInhabitants(namespaces: readonly string[]): void {
  const inodes = new Set(
    namespaces.map((name) => inodeOf(`${namespaceDirectory}/${name}`)).filter((it) => it !== undefined),
  )
  if (inodes.size === 0) return
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue
    const inode = inodeOf(`/proc/${entry}/ns/net`)
    if (inode !== undefined && inodes.has(inode)) end(Number(entry))
  }
}

/** Both come and go while they are looked at. */
function inodeOf(path: string): bigint | undefined {
  try {
    return statSync(path, { bigint: true }).ino
  } catch {
    return undefined
  }
}

function end(processId: number): void {
  try {
    process.kill(processId, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
