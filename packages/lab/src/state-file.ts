/**
 * The state file of a running lab: what another process needs to find and probe it, and to clean up after it.
 *
 * `<stateDirectory>/<lab>.json`, written whole to a temporary file and renamed, so a reader never sees half of it.
 */
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidStateFileError } from './errors.ts'
import type { LabNode, LabPod } from './members.ts'
import type { Owner } from './owner.ts'

export const defaultStateDirectory = '/run/margay/labs'

/** A listener of the lab: `ip` and `port` answer. */
export interface ServedPort {
  readonly protocol: 'TCP' | 'UDP'
  readonly ip: string
  readonly port: number
}

export interface LabState {
  readonly version: 1
  readonly name: string
  readonly owner: Owner
  /** RFC 3339. */
  readonly createdAt: string
  readonly nodes: readonly LabNode[]
  readonly pods: readonly LabPod[]
  readonly served: readonly ServedPort[]
}

export function stateFilePath(stateDirectory: string, lab: string): string {
  return join(stateDirectory, `${lab}.json`)
}

/** Takes the name: false when a file is there already. Two processes can't both succeed. */
export function claimState(stateDirectory: string, state: LabState): boolean {
  mkdirSync(stateDirectory, { recursive: true })
  const temporary = writeTemporary(stateDirectory, state)
  try {
    linkSync(temporary, stateFilePath(stateDirectory, state.name))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

export function writeState(stateDirectory: string, state: LabState): void {
  renameSync(writeTemporary(stateDirectory, state), stateFilePath(stateDirectory, state.name))
}

/** Undefined when there is no such file; throws InvalidStateFileError when it can't be understood. */
export function readState(stateDirectory: string, lab: string): LabState | undefined {
  const file = stateFilePath(stateDirectory, lab)
  try {
    return parseState(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

export function removeState(stateDirectory: string, lab: string): void {
  rmSync(stateFilePath(stateDirectory, lab), { force: true })
}

/** Names of the labs that have a state file, sorted. */
export function listStates(stateDirectory: string): string[] {
  try {
    const files = readdirSync(stateDirectory).filter(
      (file) => file.endsWith('.json') && !file.startsWith('.'),
    )
    return files.map((file) => file.slice(0, -'.json'.length)).sort()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

/** Checks the outline only: the file is ours, but may be of another version or damaged. */
export function parseState(text: string, file: string): LabState {
  const value = parseJson(text, file)
  if (!isObject(value)) throw new InvalidStateFileError(file, 'is not a JSON object')
  if (value.version !== 1)
    throw new InvalidStateFileError(file, `version ${JSON.stringify(value.version)} is not 1`)
  const { owner } = value
  if (!isObject(owner) || !Number.isInteger(owner.pid) || !Number.isInteger(owner.startTime)) {
    throw new InvalidStateFileError(file, 'owner has no pid and start time')
  }
  for (const field of ['nodes', 'pods', 'served']) {
    if (!Array.isArray(value[field])) throw new InvalidStateFileError(file, `${field} is not a list`)
  }
  return value as unknown as LabState
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidStateFileError(file, 'is not JSON', { cause })
  }
}

/** Mode 0600: only root can make a lab, and only root should steer one. */
function writeTemporary(stateDirectory: string, state: LabState): string {
  const temporary = join(stateDirectory, `.${state.name}.${process.pid}.tmp`)
  writeFileSync(temporary, `${JSON.stringify(state)}\n`, { mode: 0o600 })
  return temporary
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
