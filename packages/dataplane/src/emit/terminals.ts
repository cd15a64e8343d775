/** The chains in which look-ups end: each does what one outcome says, names who decided, and counts. */
import type { ChainContent, Expression } from '@margay/netlink/nftables'
import type { Direction } from '@margay/policy'
import type { LogEntry, Outcome } from '../decide/outcome.ts'
import type { Names } from '../nft/names.ts'
import { commented, counter, rule } from './expressions.ts'

export interface TerminalOptions {
  /** What an allowed packet does next. */
  readonly allow: Readonly<Record<Direction, Expression>>
  readonly deny: Expression
  readonly logLine: (entry: LogEntry) => readonly Expression[]
}

export class Terminals {
  readonly chains = new Map<string, ChainContent>()
  readonly #names: Names
  readonly #options: TerminalOptions

  constructor(names: Names, options: TerminalOptions) {
    this.#names = names
    this.#options = options
  }

  /** The name of the outcome's chain; equal outcomes share one. */
  chainFor(outcome: Outcome, direction: Direction): string {
    const name = this.#names.name(direction === 'Egress' ? 'e-' : 'i-', '', outcome.key)
    if (!this.chains.has(name)) this.chains.set(name, this.#chain(name, outcome, direction))
    return name
  }

  #chain(name: string, { verdict, reason, logs }: Outcome, direction: Direction): ChainContent {
    const end = verdict === 'Allow' ? this.#options.allow[direction] : this.#options.deny
    const rules = [
      ...logs.map((entry) => rule(this.#options.logLine(entry))),
      commented(reason, counter, end),
    ]
    return { chain: { name }, rules }
  }
}
