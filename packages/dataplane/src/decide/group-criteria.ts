/** What the rules of a group ask of addresses. */
import { type Criterion, criteriaOf } from '@margay/policy'
import type { Group, Stage } from './group.ts'

const criteriaByGroup = new WeakMap<Group, readonly Criterion[]>()
const criteriaByStage = new WeakMap<Stage, readonly Criterion[]>()

/** Of the peer's address; each once. */
export function criteriaOfGroup(group: Group): readonly Criterion[] {
  const known = criteriaByGroup.get(group)
  if (known !== undefined) return known
  const made = eachOnce(group.tiers.flatMap(({ rules }) => rules.flatMap(({ peer }) => criteriaOf(peer).all)))
  criteriaByGroup.set(group, made)
  return made
}

/** Of both ends; each once. */
export function criteriaOfStage(stage: Stage): readonly Criterion[] {
  const known = criteriaByStage.get(stage)
  if (known !== undefined) return known
  const rules = stage.tiers.flatMap((tier) => tier.rules.map(({ rule }) => rule))
  const made = eachOnce(
    rules.flatMap(({ source, destination }) => [...criteriaOf(source).all, ...criteriaOf(destination).all]),
  )
  criteriaByStage.set(stage, made)
  return made
}

export function eachOnce(criteria: readonly Criterion[]): readonly Criterion[] {
  return [...new Map(criteria.map((criterion) => [criterion.key, criterion])).values()]
}
