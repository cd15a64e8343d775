/**
 * Policy state ▶ the desired objects of the table `inet margay`, for the endpoints of one node. Pure.
 *
 * Endpoints with the same effective policy share a chain, and a tier's policies are one chain of rules, so Pass is a plain
 * return. Allow in egress goes on to the destination's ingress, and Allow in ingress accepts: both judge a packet between
 * two pods of the node. Every chain of an endpoint ends in an explicit verdict, and an interface of a pod that has no
 * chain yet drops. A map leads to a chain by `jump`, so that a packet that finds the chain empty comes back, and is dropped:
 * ADR 0010. Source: spec/dataplane.md 1.6, 1.7, 2.2; shape: docs/adr/0004.
 */
import {
  type Direction,
  type EffectiveTier,
  type Endpoint,
  formatPolicyRef,
  type Policy,
  type PolicyState,
  type Rule,
} from '@margay/policy'
import { Names } from '../nft/names.ts'
import { type NftChain, type NftMapElement, type NftTable, quote } from '../nft/table.ts'
import { compileMatches } from './compile-rule.ts'
import { SetBuilder } from './sets.ts'

export interface CompileOptions {
  /** Interfaces whose name starts so belong to pods; one of them that is not known drops everything. */
  readonly interfacePrefix: string
  /** What happens to packets from a pod to its own node, after its egress policy allowed them. */
  readonly endpointToHostAction: 'Drop' | 'Accept'
}

export const defaultCompileOptions: CompileOptions = { interfacePrefix: 'cali', endpointToHostAction: 'Drop' }

/** `local` are the endpoints of this node; the state's others are only peers. */
export function compile(state: PolicyState, local: readonly Endpoint[], options: CompileOptions): NftTable {
  const names = new Names()
  const sets = new SetBuilder(names, [...state.endpoints.values()])
  const builder = new ChainBuilder(state, names, sets)
  const maps = new Map(
    (['Egress', 'Ingress'] as const).map((direction) => [
      mapName(direction),
      { type: 'ifname : verdict', elements: builder.dispatch(local, direction) },
    ]),
  )
  const chains = new Map([...frame(options), ...builder.chains])
  return { sets: sets.sets, maps, chains }
}

function mapName(direction: Direction): string {
  return direction === 'Egress' ? 'from-pods' : 'to-pods'
}

const neighbourDiscovery = '{ 130, 131, 132, 133, 135, 136 }'

/** The chains that are there whatever the policy is. Source of the ICMPv6 types: spec/dataplane.md 1.7. */
function frame({ interfacePrefix, endpointToHostAction }: CompileOptions): [string, NftChain][] {
  const pods = quote(`${interfacePrefix}*`)
  const established = 'ct state established,related accept'
  const invalid = `ct state invalid counter drop comment ${quote('conntrack does not know what it belongs to')}`
  const unknown = `counter drop comment ${quote('a pod without policy yet')}`
  const toHost =
    endpointToHostAction === 'Drop' ? `counter drop comment ${quote('pod to its own node')}` : 'accept'
  return [
    [
      'forward',
      {
        hook: 'type filter hook forward priority filter; policy accept;',
        rules: [established, `iifname ${pods} goto from-pod`, `oifname ${pods} goto to-pod`],
      },
    ],
    [
      'input',
      {
        hook: 'type filter hook input priority filter; policy accept;',
        rules: [
          established,
          `iifname ${pods} icmpv6 type ${neighbourDiscovery} accept`,
          `iifname ${pods} goto from-pod`,
        ],
      },
    ],
    ['from-pod', { rules: [invalid, 'iifname vmap @from-pods', unknown] }],
    ['to-pod', { rules: [invalid, 'oifname vmap @to-pods', unknown] }],
    [
      'egress-allowed',
      { rules: [`oifname ${pods} goto to-pod`, `fib daddr type local ${toHost}`, 'accept'] },
    ],
  ]
}

class ChainBuilder {
  readonly chains = new Map<string, NftChain>()
  readonly #state: PolicyState
  readonly #names: Names
  readonly #sets: SetBuilder
  readonly #rulesByPolicy = { Egress: new Map<Policy, string[]>(), Ingress: new Map<Policy, string[]>() }

  constructor(state: PolicyState, names: Names, sets: SetBuilder) {
    this.#state = state
    this.#names = names
    this.#sets = sets
  }

  /** Interface ▶ the chain of its endpoint's group. */
  dispatch(local: readonly Endpoint[], direction: Direction): Map<string, NftMapElement> {
    return new Map(
      local.map((endpoint) => [
        quote(endpoint.interfaceName),
        { verdict: `jump ${this.#endpointChain(endpoint, direction)}`, comment: endpoint.key },
      ]),
    )
  }

  #endpointChain(endpoint: Endpoint, direction: Direction): string {
    const policy = this.#state.effectivePolicy(endpoint, direction)
    const end = endOf(endpoint, direction)
    const key = JSON.stringify([policy.tiers.map(tierKey), end])
    const name = this.#names.name(direction === 'Egress' ? 'egress-' : 'ingress-', '', key)
    if (this.chains.has(name)) return name
    const jumps = policy.tiers.map((tier) => `jump ${this.#tierChain(tier, direction)}`)
    this.chains.set(name, { rules: [...jumps, end] })
    return name
  }

  #tierChain(tier: EffectiveTier, direction: Direction): string {
    const name = this.#names.name(direction === 'Egress' ? 'e-' : 'i-', tier.name, tierKey(tier))
    if (this.chains.has(name)) return name
    const rules = tier.policies.flatMap((policy) => this.#policyRules(policy, direction))
    const end = verdict(tier.defaultAction, direction)
    const comment = quote(`tier ${tier.name} end of tier: ${tier.defaultAction}`)
    this.chains.set(name, { rules: [...rules, `counter ${end} comment ${comment}`] })
    return name
  }

  /** A policy stands in the chains of many groups, with the same rules. */
  #policyRules(policy: Policy, direction: Direction): readonly string[] {
    const known = this.#rulesByPolicy[direction].get(policy)
    if (known !== undefined) return known
    const rules = this.#compilePolicy(policy, direction)
    this.#rulesByPolicy[direction].set(policy, rules)
    return rules
  }

  #compilePolicy(policy: Policy, direction: Direction): string[] {
    const rules = direction === 'Egress' ? policy.egress : policy.ingress
    return rules.flatMap((rule) =>
      compileMatches(rule, this.#sets).map((matches) => {
        const comment = quote(`${formatPolicyRef(policy.ref)} rule ${rule.origin}: ${rule.action}`)
        return [matches, 'counter', verdict(rule.action, direction), 'comment', comment]
          .filter((part) => part !== '')
          .join(' ')
      }),
    )
  }
}

/** What tells one tier's chain from another: its policies in order, and what happens at its end. */
function tierKey(tier: EffectiveTier): string {
  return JSON.stringify([
    tier.name,
    tier.defaultAction,
    tier.policies.map((policy) => formatPolicyRef(policy.ref)),
  ])
}

function verdict(action: Rule['action'], direction: Direction): string {
  switch (action) {
    case 'Allow':
      return direction === 'Egress' ? 'goto egress-allowed' : 'accept'
    case 'Pass':
      return 'return'
    case 'Log':
      return 'log prefix "calico-packet: " level info'
    case 'Deny':
      return 'drop'
  }
}

/** Where no tier decided, the first profile with rules does; without one it is drop. */
function endOf(endpoint: Endpoint, direction: Direction): string {
  const profile = endpoint.profiles.find(({ action }) => action !== 'None')
  const comment = quote(profile === undefined ? 'no profile' : `profile ${profile.name}: ${profile.action}`)
  return `counter ${verdict(profile?.action === 'Allow' ? 'Allow' : 'Deny', direction)} comment ${comment}`
}
