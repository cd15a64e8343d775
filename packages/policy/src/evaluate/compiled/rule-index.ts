/**
 * Finds, of a list of rules, those that may match a flow, without a look at the others. Each rule is filed once, under the criterion that
 * leaves most out: what it says of the peer, else of the near side; within that by protocol, port and ICMP type. What is found is
 * a superset of what matches: `matchesRule` stays the one definition.
 *
 * Holds  Only what never changes of a rule is in the index. Who is in an address set changes: so sets are found by the labels that
 *        they select, and who has an address is asked anew for each flow.
 * Cost   To make: O(rules); to ask: what is found, and two walks down a tree of prefixes.
 */
import type { Flow } from '../../model/flow.ts'
import type { Direction, Rule } from '../../model/rule.ts'
import { AscendingLists } from './ascending-lists.ts'
import { PeerIndex, PeerPositions } from './peer-index.ts'
import { RuleGroup } from './rule-group.ts'

export class RuleIndex {
  readonly #bySource: PeerIndex
  readonly #byDestination: PeerIndex
  readonly #others: RuleGroup

  constructor(rules: readonly Rule[], direction: Direction) {
    const filed = { source: new PeerPositions(), destination: new PeerPositions() }
    const [far, near] =
      direction === 'Ingress' ? (['source', 'destination'] as const) : (['destination', 'source'] as const)
    const others = [...rules.keys()].filter((position) => {
      const rule = rules[position] as Rule
      return !filed[far].add(rule[far], position) && !filed[near].add(rule[near], position)
    })
    this.#bySource = new PeerIndex(filed.source, rules)
    this.#byDestination = new PeerIndex(filed.destination, rules)
    this.#others = new RuleGroup(others, rules)
  }

  /** Positions in the list. */
  candidates(flow: Flow): AscendingLists {
    const groups = new Set([this.#others])
    this.#bySource.addGroups(flow.source, groups)
    this.#byDestination.addGroups(flow.destination, groups)
    const lists: (readonly number[])[] = []
    for (const group of groups) group.addCandidates(flow, lists)
    return new AscendingLists(lists)
  }
}
