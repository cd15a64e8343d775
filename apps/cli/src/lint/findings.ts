/** What policies say in vain or too widely, with the places where it is written. */
import { type Finding, formatPolicyRef, lintPolicies, unmatchedRequests } from '@margay/policy'
import { type Origin, Origins } from '../explain/origins.ts'
import type { Io } from '../io.ts'
import { stateOf } from '../query/answer-queries.ts'
import type { World } from '../query/world.ts'

export interface LocatedFinding {
  readonly finding: Finding
  /** `np:shop/web spec.ingress[1]`, or `tier platform`. */
  readonly subject: string
  readonly origin: Origin
}

export function locatedFindings(world: World, io: Io): LocatedFinding[] {
  const origins = new Origins(world)
  const findings = [...lintPolicies(stateOf(world.resources, io)), ...unmatchedRequests(world.resources)]
  const found = findings.map((finding): LocatedFinding => {
    const { policy, tier } = finding
    const path = pathOf(finding)
    const origin = policy === undefined ? ofTier(world, tier, origins) : origins.ofPolicy(policy, path)
    const subject = policy === undefined ? `tier ${tier}` : [formatPolicyRef(policy), path].join(' ').trim()
    return { finding, subject, origin }
  })
  return found.sort((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1))
}

/** By file and line; what is of a server, by its name. */
function placeOf({ origin, subject }: LocatedFinding): string {
  const place = 'file' in origin ? `${origin.file} ${String(origin.line).padStart(9, '0')}` : ''
  return `${place} ${subject}`
}

function pathOf({ direction, ruleIndex }: Finding): string {
  if (direction === undefined || ruleIndex === undefined) return ''
  return `spec.${direction === 'Ingress' ? 'ingress' : 'egress'}[${ruleIndex}]`
}

function ofTier({ resources }: World, name: string, origins: Origins): Origin {
  const tier = resources.find(({ kind, metadata }) => kind === 'Tier' && metadata.name === name)
  return tier === undefined ? {} : origins.of(tier)
}
