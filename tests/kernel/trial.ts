/** One world in the kernel, reached from another one: is everything as the evaluator says? */
import { buildPolicyState, type PolicyState } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { admitAll, formatManifest, type Packet } from '@margay/testkit'
import { formatDifference } from './disagreement.ts'
import type { Patience, PolicyLab } from './policy-lab.ts'

export interface Trial {
  readonly packets: readonly Packet[]
  /** The world that the kernel is in before. */
  readonly before: readonly ResourceObject[]
  readonly world: readonly ResourceObject[]
}

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
    const [from, to] = [stateOf(before), stateOf(world)]
    return (
      (await refusalOf(options.isFresh ? this.#lab.enforceAfresh(from) : this.#lab.enforce(from))) ??
      (await refusalOf(this.#lab.enforce(to))) ??
      (await this.#lab.disagreement(to, packets, this.#patience))
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
    const state = stateOf(world)
    const alone =
      (await refusalOf(this.#lab.enforceAfresh(state))) ??
      (await this.#lab.disagreement(state, packets, this.#patience))
    const parts =
      alone === undefined
        ? ['after a full replacement they agree: it is the change, from', formatManifest(before), 'to']
        : ['after a full replacement it is the same; the world is']
    return [...parts, formatManifest(world)].join('\n\n')
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
