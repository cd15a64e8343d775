/** From `-f` to the state that decisions are made on. */
import { buildPolicyState, formatPolicyRef, type PolicyState } from '@margay/policy'
import type { Resource } from '@margay/resources'
import type { Io } from '../io.ts'
import { readDocuments } from '../manifests/read-documents.ts'
import { warn } from '../warn.ts'
import { loadResources, withImpliedNamespaces } from './load-resources.ts'

/** Warns of policies that can't be understood. @throws CliError, FileError, ManifestError */
export async function loadState(paths: readonly string[], io: Io): Promise<PolicyState> {
  return stateOf(loadResources(await readDocuments(paths, io), io), io)
}

export function stateOf(resources: readonly Resource[], io: Io): PolicyState {
  const { state, problems } = buildPolicyState(withImpliedNamespaces(resources))
  for (const { policy, message } of problems)
    warn(`${formatPolicyRef(policy)}: ${message}; what it can't decide is denied`, io)
  return state
}
