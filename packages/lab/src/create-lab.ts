/** Making, finding and cleaning up labs by name. Names are unique on a machine: namespaces are. */
import { LabInUseError, LabNotFoundError, NeedsRootError } from './errors.ts'
import { Lab } from './lab.ts'
import { LabView } from './lab-view.ts'
import { checkLabName } from './names.ts'
import { namespacesOf, removeAbandonedNamespacesOf } from './namespaces/leftovers.ts'
import { runCommand } from './namespaces/run-command.ts'
import { isAlive } from './owner.ts'
import { claimState, defaultStateDirectory, listStates, readState, removeState } from './state-file.ts'

export interface LabOptions {
  /** A DNS label of at most 40 characters. */
  readonly name: string
  /** Where state files are. Default `/run/margay/labs`; labs of one name must use one directory. */
  readonly stateDirectory?: string
}

export interface LabSummary {
  readonly name: string
  /** Of the process that owns it. */
  readonly pid: number
  /** False: its process was killed; `removeStaleLab` takes what is left. */
  readonly isRunning: boolean
  /** RFC 3339. */
  readonly createdAt: string
  readonly nodeCount: number
  readonly podCount: number
}

/**
 * An empty lab. What a killed process left behind under this name is removed first.
 * Throws LabInUseError (naming the pid) if its owner lives, NeedsRootError, MissingCommandError, InvalidSpecError.
 */
export async function createLab(options: LabOptions): Promise<Lab> {
  const { name, stateDirectory = defaultStateDirectory } = options
  checkLabName(name)
  assertRoot()
  await runCommand('ip', ['-V'])
  await removeStaleLab(name, { stateDirectory })
  const lab = new Lab(name, stateDirectory)
  if (claimState(stateDirectory, lab.state)) return lab
  await lab.abandon()
  throw new LabInUseError(name, readState(stateDirectory, name)?.owner.pid ?? 0)
}

/** A running lab of any process. Throws LabNotFoundError if there is none, or if its owner is dead. */
export async function openLab(name: string, options: Omit<LabOptions, 'name'> = {}): Promise<LabView> {
  const { stateDirectory = defaultStateDirectory } = options
  checkLabName(name)
  assertRoot()
  const state = readState(stateDirectory, name)
  if (state === undefined || !isAlive(state.owner)) throw new LabNotFoundError(`a running lab "${name}"`)
  const view = new LabView(name, stateDirectory)
  view.refresh()
  return view
}

/** Labs that have a state file, running or not, sorted by name. Needs no root for a directory that it may read. */
export function listLabs(stateDirectory: string = defaultStateDirectory): LabSummary[] {
  return listStates(stateDirectory).flatMap((name) => {
    const state = readState(stateDirectory, name)
    if (state === undefined) return []
    const { owner, createdAt, nodes, pods } = state
    const counts = { nodeCount: nodes.length, podCount: pods.length }
    return [{ name, pid: owner.pid, isRunning: isAlive(owner), createdAt, ...counts }]
  })
}

/**
 * Removes what a killed lab left: all namespaces of its name, then its state file. Returns the namespaces' names.
 * Throws LabInUseError if the owner lives; InvalidStateFileError if the file doesn't tell who the owner is.
 */
export async function removeStaleLab(
  name: string,
  options: Omit<LabOptions, 'name'> = {},
): Promise<string[]> {
  const { stateDirectory = defaultStateDirectory } = options
  checkLabName(name)
  const state = readState(stateDirectory, name)
  if (state !== undefined && isAlive(state.owner)) throw new LabInUseError(name, state.owner.pid)
  if (state === undefined && namespacesOf(name).length === 0) return []
  assertRoot()
  const removed = await removeAbandonedNamespacesOf(name)
  removeState(stateDirectory, name)
  return removed
}

function assertRoot(): void {
  if (process.getuid?.() !== 0) throw new NeedsRootError()
}
