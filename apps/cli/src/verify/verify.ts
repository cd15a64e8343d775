/** From manifests, or what a server has, to what became of each assertion in them. */
import {
  buildPolicyState,
  checkAssertions,
  namesDomains,
  type PolicyState,
  type PolicyView,
  type Proof,
  proofOf,
} from '@margay/policy'
import type { NetworkAssertion, Resource } from '@margay/resources'
import { usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { stateOf } from '../query/answer-queries.ts'
import { asEnforced } from '../query/as-enforced.ts'
import { loadWorld, type WorldOptions } from '../query/world.ts'
import { warn } from '../warn.ts'

export interface Verified {
  readonly assertion: NetworkAssertion
  /** Vacuous: it speaks of no two that are there. Unknown: it can't be told. */
  readonly result: 'holds' | 'broken' | 'vacuous' | 'unknown'
  /** Where it is unknown: why. */
  readonly why?: string
  /** Where it is broken. */
  readonly packet: Proof | undefined
}

export interface VerifyOptions extends WorldOptions {
  readonly staged?: true
}

/**
 * In the order in which they stand there; no names mean all.
 * @throws CliError, FileError, ManifestError, and all that a request may
 */
export async function verify(names: readonly string[], options: VerifyOptions, io: Io): Promise<Verified[]> {
  const { resources } = await loadWorld(options, io)
  const assertions = chosen(resources.filter(isAssertion), names)
  const state = stateOf(resources, io)
  const view: PolicyView = { staged: options.staged === true }
  const results = checkAssertions(state, assertions, view).map(
    ({ assertion, isVacuous, counterExample: flow, route, unknown }): Verified => {
      if (unknown !== undefined) return { assertion, result: 'unknown', why: unknown, packet: undefined }
      if (flow === undefined) return { assertion, result: isVacuous ? 'vacuous' : 'holds', packet: undefined }
      const meant = route !== undefined && view.staged ? enforcedState() : state
      return { assertion, result: 'broken', packet: proofOf(meant, flow, route, view) }
    },
  )
  if (namesDomains(state, view)) warn(namesUnknown, io)
  for (const { assertion, result } of results) if (result === 'vacuous') warn(vacuous(assertion), io)
  for (const { assertion, why } of results) if (why !== undefined) warn(unknown(assertion, why), io)
  return results

  /** What nodes do to packets is asked of a state of its own: their paths have no staged view. */
  function enforcedState(): PolicyState {
    return buildPolicyState(asEnforced(resources)).state
  }
}

const namesUnknown =
  'rules or network sets name domains: which addresses outside these have is not known here, so what is said of addresses outside is of those without such a name; between workloads it holds'

/** @throws CliError when there is nothing to check: a check of nothing would always succeed. */
function chosen(assertions: readonly NetworkAssertion[], names: readonly string[]): NetworkAssertion[] {
  if (assertions.length === 0)
    throw usageError(
      'there is no NetworkAssertion (policy.margay.io/v1alpha1) to verify: without one, nothing is asserted',
    )
  const known = assertions.map(({ metadata }) => metadata.name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw usageError(
      unknown.map((name) => `no NetworkAssertion is called "${name}"; there are ${known.join(', ')}`),
    )
  return assertions.filter(({ metadata }) => names.length === 0 || names.includes(metadata.name))
}

function isAssertion(resource: Resource): resource is NetworkAssertion {
  return resource.kind === 'NetworkAssertion'
}

function unknown({ metadata }: NetworkAssertion, why: string): string {
  return `it can't be told whether NetworkAssertion ${metadata.name} holds: ${why}`
}

function vacuous({ metadata }: NetworkAssertion): string {
  return `NetworkAssertion ${metadata.name} says nothing: no two are there that it speaks of; look at its selectors`
}
