/** Stages ▶ groups: rules that read the own side are answered for one endpoint or class, and equal groups are one object. */
import type { IpVersion } from '@margay/netset'
import type { Direction, Rule } from '@margay/policy'
import type { Group, GroupTier, OwnedRule, Stage } from './group.ts'
import type { GroupTexts } from './group-text.ts'
import { type AnswerOwnSide, type PeerRule, peerOf, readsOwnSide } from './peer-rule.ts'

/** Makes groups, and remembers for each stage which of its rules have to be asked about the own side. */
export class Groups {
  readonly #byStage = new WeakMap<Stage, Map<string, Group>>()
  readonly #asking = new WeakMap<Stage, readonly Rule[]>()
  readonly #texts: GroupTexts
  #byText = new Map<string, Group>()

  constructor(texts: GroupTexts) {
    this.#texts = texts
  }

  /** Equal groups are the same object. */
  groupOf(stage: Stage, version: IpVersion, answer: AnswerOwnSide): Group {
    const answers = this.asking(stage).map((rule) => answer(rule) ?? null)
    const asked = JSON.stringify([version, answers])
    const known = this.#byStage.get(stage)?.get(asked)
    if (known !== undefined) return known
    const key = JSON.stringify([stage.key, asked])
    const made = this.#sameAs({ key, stage, version, tiers: groupTiers(stage, answer) })
    const there = this.#byStage.get(stage) ?? new Map<string, Group>()
    this.#byStage.set(stage, there.set(asked, made))
    return made
  }

  /** All but these. */
  forgetOthers(inUse: ReadonlySet<Group>): void {
    if (this.#byText.size < 2 * inUse.size + 100) return
    this.#byText = new Map([...this.#byText].filter(([, group]) => inUse.has(group)))
  }

  /** One of the same name that decides the same, if there is one: it may be another stage's. */
  #sameAs(made: Group): Group {
    const text = `${made.key}\n${this.#texts.ofGroup(made).key}`
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    this.#byText.set(text, made)
    return made
  }

  /** The rules of a stage that read the own side. */
  asking(stage: Stage): readonly Rule[] {
    const known = this.#asking.get(stage)
    if (known !== undefined) return known
    const rules = stage.tiers.flatMap((tier) => tier.rules.map(({ rule }) => rule))
    const asking = rules.filter((rule) => readsOwnSide(rule, stage.direction))
    this.#asking.set(stage, asking)
    return asking
  }
}

function groupTiers({ tiers, direction }: Stage, answer: AnswerOwnSide): GroupTier[] {
  let position = 0
  return tiers.map(({ name, defaultAction, rules }) => ({
    name,
    defaultAction,
    rules: rules
      .map((rule) => peerRule(rule, position++, direction, answer))
      .filter((rule) => rule !== undefined),
  }))
}

function peerRule(
  { rule, owner }: OwnedRule,
  position: number,
  direction: Direction,
  answer: AnswerOwnSide,
): PeerRule | undefined {
  const answered = answer(rule)
  if (answered === undefined) return undefined
  const { action, origin, protocol, notProtocol, icmp, notIcmp } = rule
  const peer = peerOf(rule, direction)
  const asked = { protocol, notProtocol, icmp, notIcmp, peer }
  return { source: rule, action, owner, origin, position, ...asked, ...answered }
}
