/** Takes away what agents made on this node. What fails keeps nothing else from going. */
import type { OwnObjects } from './own-objects.ts'
import { describeRemoval } from './removal.ts'

export interface CleanupOptions {
  readonly objects: OwnObjects
  /** Resolves when an agent that still runs would have made its tables again. */
  readonly afterMending: () => Promise<void>
}

export interface CleanupReport {
  /** What went, or in a plan would go, a line for each. */
  readonly removed: readonly string[]
  /** What could not be removed, or is back. */
  readonly failures: readonly string[]
}

/** Changes nothing. @throws NetlinkError */
export function planCleanup(objects: Pick<OwnObjects, 'find'>): CleanupReport {
  return { removed: objects.find().map(describeRemoval), failures: [] }
}

/** @throws NetlinkError when it can't be told what there is */
export async function cleanUp({ objects, afterMending }: CleanupOptions): Promise<CleanupReport> {
  const removed: string[] = []
  const failures: string[] = []
  for (const removal of objects.find()) {
    try {
      objects.remove(removal)
      removed.push(describeRemoval(removal))
    } catch (error) {
      failures.push(`can't remove ${describeRemoval(removal)}: ${messageOf(error)}`)
    }
  }
  if (removed.length === 0) return { removed, failures }
  await afterMending()
  return { removed, failures: [...failures, ...backAgain(objects)] }
}

function backAgain(objects: OwnObjects): string[] {
  const isBack = objects.find().some(({ kind }) => kind === 'Table')
  return isBack ? ['an agent that still runs has made its tables again: stop it first'] : []
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
