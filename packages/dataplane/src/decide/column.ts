/** What becomes of all packets between a group and one class of addresses: an outcome for each protocol and cell. */
import type { Area, ProtocolKey } from './area.ts'
import type { CellSpace } from './cells.ts'
import type { Group, GroupTier } from './group.ts'
import type { Outcome } from './outcome.ts'
import type { Outcomes } from './outcomes.ts'
import type { PeerRule, RuleOwner } from './peer-rule.ts'

export interface Column {
  /** For protocols that no rule of the group mentions. */
  readonly others: Outcome
  readonly protocols: ReadonlyMap<number, ProtocolColumn>
}

export interface ProtocolColumn {
  /** For packets in no cell that is listed. */
  readonly rest: Outcome
  readonly cells: ReadonlyMap<number, Outcome>
}

/** The rules that match addresses of the class, by tier; each list in order. */
export type MatchingRules = readonly (readonly PeerRule[])[]

export type AreaOf = (rule: PeerRule, protocol: ProtocolKey) => Area | undefined

/** Cost: O(rules × protocols + cells × tiers). */
export function columnOf(
  group: Group,
  rules: MatchingRules,
  protocols: Iterable<number>,
  space: CellSpace,
  areaOf: AreaOf,
  outcomes: Outcomes,
): Column {
  const decide = (protocol: ProtocolKey) =>
    new ProtocolDecider(group.tiers, outcomes, rules, protocol, space, areaOf).decide()
  return {
    others: decide(undefined).rest,
    protocols: new Map([...protocols].map((protocol) => [protocol, decide(protocol)])),
  }
}

/** A rule for all cells but some. */
interface GeneralRule {
  readonly rule: PeerRule
  readonly except: ReadonlySet<number>
}

/** The rules of a tier that are left for one protocol. */
interface TierRules {
  readonly general: readonly GeneralRule[]
  readonly byCell: ReadonlyMap<number, readonly PeerRule[]>
}

const nothing: ReadonlySet<number> = new Set()

class ProtocolDecider {
  readonly #all: readonly GroupTier[]
  readonly #outcomes: Outcomes
  readonly #tiers: readonly TierRules[]
  readonly #cells = new Set<number>()

  constructor(
    tiers: readonly GroupTier[],
    outcomes: Outcomes,
    rules: MatchingRules,
    protocol: ProtocolKey,
    space: CellSpace,
    areaOf: AreaOf,
  ) {
    this.#all = tiers
    this.#outcomes = outcomes
    this.#tiers = rules.map((list) => this.#sort(list, protocol, space, areaOf))
  }

  decide(): ProtocolColumn {
    const rest = this.#outcomeIn(undefined)
    const cells = [...this.#cells].map((cell) => [cell, this.#outcomeIn(cell)] as const)
    return { rest, cells: new Map(cells.filter(([, { key }]) => key !== rest.key)) }
  }

  /** Behind a rule that decides every packet, none of its tier matters. */
  #sort(rules: readonly PeerRule[], protocol: ProtocolKey, space: CellSpace, areaOf: AreaOf): TierRules {
    const general: GeneralRule[] = []
    const byCell = new Map<number, PeerRule[]>()
    for (const rule of rules) {
      const area = areaOf(rule, protocol)
      if (area === undefined) continue
      const spread = space.spread(area, protocol)
      if (spread.kind === 'All') general.push({ rule, except: nothing })
      else for (const cell of spread.cells) this.#cells.add(cell)
      if (spread.kind === 'All' && rule.action !== 'Log') break
      if (spread.kind === 'Except') general.push({ rule, except: new Set(spread.cells) })
      if (spread.kind !== 'Only') continue
      for (const cell of spread.cells) {
        const there = byCell.get(cell)
        if (there === undefined) byCell.set(cell, [rule])
        else there.push(rule)
      }
    }
    return { general, byCell }
  }

  /** Tier by tier: the first rule that matches and is not a Log decides; without one the tier's default action does. */
  #outcomeIn(cell: number | undefined): Outcome {
    const logs: RuleOwner[] = []
    for (const [i, tier] of this.#all.entries()) {
      const rule = this.#decidedBy(this.#tiers[i], cell, logs)
      const action = rule?.action ?? tier.defaultAction
      if (action === 'Allow' || action === 'Deny') return this.#outcomes.decided(action, rule, tier, logs)
    }
    return this.#outcomes.atEnd(logs)
  }

  #decidedBy(
    rules: TierRules | undefined,
    cell: number | undefined,
    logs: RuleOwner[],
  ): PeerRule | undefined {
    if (rules === undefined) return undefined
    for (const rule of inOrder(rules, cell)) {
      if (rule.action !== 'Log') return rule
      logs.push(rule.owner)
    }
    return undefined
  }
}

/** Those that match in a cell, merged from the two lists. */
function* inOrder({ general, byCell }: TierRules, cell: number | undefined): Iterable<PeerRule> {
  const own = cell === undefined ? [] : (byCell.get(cell) ?? [])
  let next = 0
  for (const { rule, except } of general) {
    for (let it = own[next]; it !== undefined && it.position < rule.position; it = own[++next]) yield it
    if (cell === undefined || !except.has(cell)) yield rule
  }
  yield* own.slice(next)
}
