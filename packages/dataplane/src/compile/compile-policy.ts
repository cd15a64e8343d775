/** The groups of a node ▶ their chains and maps, the maps of address classes, and the terminals in which all look-ups end. */
import type { ChainContent, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import { AddressClasses, ClassLevels, Criteria, type PolicyState } from '@margay/policy'
import { decideGroup } from '../decide/decide-group.ts'
import type { Group } from '../decide/group.ts'
import { addressMaps, ClassNumbers } from '../emit/address-maps.ts'
import { groupTable } from '../emit/group-table.ts'
import type { Terminals } from '../emit/terminals.ts'
import type { Names } from '../nft/names.ts'

export interface CompiledPolicy {
  readonly chains: readonly ChainContent[]
  readonly sets: readonly SetContent[]
}

export function compilePolicy(
  state: PolicyState,
  groups: Iterable<Group>,
  context: Pick<Context, 'names' | 'terminals' | 'mostOfNarrow'>,
): CompiledPolicy {
  const numbers = new ClassNumbers()
  const byVersion = Map.groupBy(groups, ({ version }) => version)
  const parts = ([4, 6] as const).map((version) =>
    compileFamily(state, version, byVersion.get(version) ?? [], { ...context, numbers }),
  )
  return { chains: parts.flatMap(({ chains }) => chains), sets: parts.flatMap(({ sets }) => sets) }
}

interface Context {
  readonly names: GroupNames
  readonly terminals: Terminals
  readonly numbers: ClassNumbers
  /** See ClassLevels. */
  readonly mostOfNarrow: number
}

function compileFamily(
  state: PolicyState,
  version: IpVersion,
  groups: readonly Group[],
  { names, terminals, numbers, mostOfNarrow }: Context,
): CompiledPolicy {
  const peers = groups.flatMap(({ tiers }) => tiers.flatMap(({ rules }) => rules.map(({ peer }) => peer)))
  const hosts = [...state.hostEndpoints.values()].map((it) => ({ ...it, addresses: it.expectedAddresses }))
  const population = { endpoints: [...state.endpoints.values(), ...hosts], networkSets: state.networkSets }
  const criteria = new Criteria(peers)
  const classes = new AddressClasses(version, population, criteria)
  const levels = new ClassLevels(classes, criteria, mostOfNarrow)
  const tables = groups.map((group) =>
    groupTable(group, decideGroup(group, levels), {
      name: names.of(group),
      numbers,
      terminal: (outcome) => terminals.chainFor(outcome, group.direction),
    }),
  )
  return {
    chains: tables.map(({ chain }) => chain),
    sets: [...addressMaps(classes, levels, numbers), ...tables.flatMap(({ sets }) => sets)],
  }
}

/** A name for each group's chain. */
export class GroupNames {
  readonly #names: Names

  constructor(names: Names) {
    this.#names = names
  }

  of({ direction, version, key }: Group): string {
    return this.#names.name(`${direction === 'Egress' ? 'egress' : 'ingress'}-${version}-`, '', key)
  }
}
