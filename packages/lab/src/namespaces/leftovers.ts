/** Namespaces of a lab by their names, whoever made them. */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabError } from '../errors.ts'
import { labPrefix } from '../names.ts'
import { namespaceDirectory } from '../syscalls/network-namespace.ts'
import { endInhabitants } from './inhabitants.ts'
import { ipBatch } from './ip-command.ts'
import { deleteNamespaces } from './plan.ts'

/** Sorted; empty when there are none. */
export function namespacesOf(lab: string): string[] {
  try {
    return readdirSync(namespaceDirectory)
      .filter((name) => name.startsWith(labPrefix(lab)))
      .sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** Removes all of them, also half-made ones; their links, rules, routes and processes go with them. Throws if one stays. */
export async function removeNamespacesOf(lab: string): Promise<string[]> {
  const names = namespacesOf(lab)
  endInhabitants(names)
  await ipBatch(deleteNamespaces(names), { force: true })
  const left = namespacesOf(lab)
  if (left.length === 0) return names
  throw new LabError(
    'CommandFailed',
    `lab "${lab}": can't remove ${left.length} namespaces, first ${left[0]}`,
  )
}

/** Longer than one `ip netns add` takes on a busy machine. */
const quietMs = 100
const maximumRounds = 50

/**
 * The same for a lab whose process was killed: an `ip` command that it had started may still be adding namespaces,
 * so this goes on until none has come for a while.
 */
export async function removeAbandonedNamespacesOf(lab: string): Promise<string[]> {
  const removed = new Set<string>()
  for (let round = 0; round < maximumRounds; round++) {
    const names = await removeNamespacesOf(lab).catch((error: unknown) => {
      if (round === maximumRounds - 1) throw error
      return namespacesOf(lab)
    })
    for (const name of names) removed.add(name)
    if (names.length === 0 && round > 0) break
    await sleep(quietMs)
  }
  return [...removed].sort()
}
