/** One world in the kernel, reached from another one: is everything as the evaluator says? */
import { buildPolicyState, type PolicyState } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { admitAll, formatManifest, type Packet } from '@margay/testkit'
import { type Expectation, expectationOf, formatDifference, formatDisagreement } from './disagreement.ts'
import type { Patience, PolicyLab } from './policy-lab.ts'

export interface Trial {
  readonly packets: readonly Packet[]
  /** The world that the kernel is in before. */
  readonly before: readonly ResourceObject[]
  readonly world: readonly ResourceObject[]
}

/** A packet that is let through arrives within a few milliseconds, so waiting longer only costs. */
const untilBlocked: Patience = { timeoutMs: 60, retries: 0 }

export class Trials {
  readonly #lab: PolicyLab
  /** With packets that should arrive. */
  readonly #patience: Patience

  constructor(lab: PolicyLab, patience: Patience) {
    this.#lab = lab
    this.#patience = patience
  }

  /** What is wrong after the change from `before` to `world`, in words; undefined when nothing is. */
  async faultOf(
    { packets, before, world }: Trial,
    options: { isFresh: boolean },
  ): Promise<string | undefined> {
    const from = stateOf(before)
    return (
      (await refusalOf(options.isFresh ? this.#lab.enforceAfresh(from) : this.#lab.enforce(from))) ??
      (await refusalOf(this.#lab.enforce(stateOf(world)))) ??
      (await this.#disagreement(stateOf(world), packets))
    )
  }

  /** Do changes lead to the same rules as a full replacement? In words if not. */
  async differenceFromAfresh(world: readonly ResourceObject[]): Promise<string | undefined> {
    const changed = await this.#lab.tables()
    await this.#lab.enforceAfresh(stateOf(world))
    const difference = formatDifference(changed, await this.#lab.tables())
    return difference === ''
      ? undefined
      : `changes lead to other rules than a full replacement:\n${difference}`
  }

  /** The trial for a person to try again; and is the ruleset wrong, or only the way to it? */
  async describe({ packets, before, world }: Trial): Promise<string> {
    const alone =
      (await refusalOf(this.#lab.enforceAfresh(stateOf(world)))) ??
      (await this.#disagreement(stateOf(world), packets))
    const parts =
      alone === undefined
        ? ['after a full replacement they agree: it is the change, from', formatManifest(before), 'to']
        : ['after a full replacement it is the same; the world is']
    return [...parts, formatManifest(world)].join('\n\n')
  }

  async #disagreement(state: PolicyState, packets: readonly Packet[]): Promise<string | undefined> {
    const expected = packets.map((packet) => expectationOf(state, this.#lab.cast, packet))
    const found = await Promise.all([
      this.#surprise(
        expected.filter(({ arrives }) => arrives),
        'reached',
        this.#patience,
      ),
      this.#surprise(
        expected.filter(({ arrives }) => !arrives),
        'blocked',
        untilBlocked,
      ),
    ])
    return found.find((it) => it !== undefined)
  }

  async #surprise(expected: readonly Expectation[], outcome: string, patience: Patience) {
    const results = await this.#lab.probe(
      expected.map(({ packet }) => packet),
      patience,
    )
    const index = results.findIndex((result) => result.outcome !== outcome)
    const [expectation, result] = [expected[index], results[index]]
    return expectation === undefined || result === undefined
      ? undefined
      : formatDisagreement(expectation, result)
  }
}

function stateOf(objects: readonly ResourceObject[]): PolicyState {
  return buildPolicyState(admitAll(objects)).state
}

/** What nft refuses, it refuses as a whole: one policy would keep all others from the kernel. */
async function refusalOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    return `the kernel refuses: ${error instanceof Error ? error.message : error}`
  }
}
