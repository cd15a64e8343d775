/** The state that decisions are made on, from manifests or a server. */
import type { PolicyState } from '@margay/policy'
import type { Io } from '../io.ts'
import { stateOf } from './answer-queries.ts'
import { loadWorld, type WorldOptions } from './world.ts'

/** Warns of policies that can't be understood. @throws CliError, FileError, ManifestError, and all that a request may */
export async function loadState(options: WorldOptions, io: Io): Promise<PolicyState> {
  return stateOf((await loadWorld(options, io)).resources, io)
}
