/** The chains in which look-ups end: each does what one outcome says, names who decided, and counts. */
import type { ChainContent, Expression, NftRule } from '@margay/netlink/nftables'
import type { Stage } from '../decide/group.ts'
import type { Outcome } from '../decide/outcome.ts'
import type { RuleOwner } from '../decide/peer-rule.ts'
import type { Names } from '../nft/names.ts'
import { commented, counter, rule } from './expressions.ts'

export type StageName = `${Stage['kind']} ${Stage['direction']}`

export interface TerminalOptions {
  /** What a verdict means for the packet at a stage. */
  readonly actions: (stage: Stage, verdict: Outcome['verdict']) => readonly Expression[]
  readonly logLine: (owner: RuleOwner) => readonly Expression[]
  /** What a packet has to get past first. */
  readonly before?: readonly NftRule[]
}

export class Terminals {
  readonly #chains = new Map<string, ChainContent>()
  readonly #names: Names
  readonly #options: TerminalOptions

  constructor(names: Names, options: TerminalOptions) {
    this.#names = names
    this.#options = options
  }

  /** The name of the outcome's chain; equal outcomes at like stages share one. */
  chainFor(outcome: Outcome, stage: Stage): string {
    const prefix = `${stage.isStaged ? 's' : ''}${prefixes[`${stage.kind} ${stage.direction}`]}-`
    const name = this.#names.name(prefix, '', outcome.key)
    if (!this.#chains.has(name)) this.#chains.set(name, this.#chain(name, outcome, stage))
    return name
  }

  /** Those of these names. */
  named(names: Iterable<string>): ChainContent[] {
    return [...names].map((name) => this.#chains.get(name)).filter((content) => content !== undefined)
  }

  #chain(name: string, { verdict, reason, logs }: Outcome, stage: Stage): ChainContent {
    const rules = [
      ...(this.#options.before ?? []),
      ...logs.map((owner) => rule(this.#options.logLine(owner))),
      commented(reason, counter, this.#options.actions(stage, verdict)),
    ]
    return { chain: { name }, rules }
  }
}

const prefixes: Readonly<Record<StageName, string>> = {
  'Workload Egress': 'e',
  'Workload Ingress': 'i',
  'Untracked Egress': 'ue',
  'Untracked Ingress': 'ui',
  'PreDNAT Egress': 'pe',
  'PreDNAT Ingress': 'pi',
  'Normal Egress': 'ne',
  'Normal Ingress': 'ni',
  'Forward Egress': 'fe',
  'Forward Ingress': 'fi',
}
