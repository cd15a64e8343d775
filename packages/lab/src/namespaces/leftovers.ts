/** Namespaces of a lab by their names, whoever made them. */
import { readdirSync } from 'node:fs'
import { LabError } from '../errors.ts'
import { labPrefix } from '../names.ts'
import { namespaceDirectory } from '../syscalls/network-namespace.ts'
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

/** Removes all of them, also half-made ones; their links, rules and routes go with them. Throws if one stays. */
export async function removeNamespacesOf(lab: string): Promise<string[]> {
  const names = namespacesOf(lab)
  await ipBatch(deleteNamespaces(names), { force: true })
  const left = namespacesOf(lab)
  if (left.length === 0) return names
  throw new LabError(
    'CommandFailed',
    `lab "${lab}": can't remove ${left.length} namespaces, first ${left[0]}`,
  )
}
