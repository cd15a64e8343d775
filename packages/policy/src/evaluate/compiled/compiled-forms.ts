/**
 * Which effective policies are compiled: those whose rules were walked over so often that compiling them would have cost no more. So nothing
 * is made of policies that are asked little, that are small, or whose first rules decide; and no order of questions costs much more
 * than the best choice would have.
 */
import type { EffectivePolicy } from '../../state/effective-policy.ts'
import { rulesOf } from '../rule-walk.ts'
import { CompiledPolicy } from './compiled-policy.ts'

/** To ask an index costs about as much as to look at so many rules. */
const shortWalk = 32
/** To file a rule costs about as much as to look at so many. */
const looksToFile = 16

interface Form {
  looked: number
  /** As many looks are worth compiling it; undefined before its rules were counted. */
  worth: number | undefined
  compiled: CompiledPolicy | undefined
}

/** An effective policy is the same object as long as nothing changes about it. */
const forms = new WeakMap<EffectivePolicy, Form>()

export function compiledForm(policy: EffectivePolicy): CompiledPolicy | undefined {
  return forms.get(policy)?.compiled
}

/** `looked`: how many rules a walk had to look at. */
export function noteWalk(policy: EffectivePolicy, looked: number): void {
  if (looked <= shortWalk) return
  const form = forms.get(policy) ?? { looked: 0, worth: undefined, compiled: undefined }
  forms.set(policy, form)
  form.looked += looked
  if (form.looked < looksToFile * shortWalk) return
  form.worth ??= looksToFile * countRules(policy)
  if (form.looked >= form.worth) form.compiled ??= new CompiledPolicy(policy)
}

function countRules({ tiers, direction }: EffectivePolicy): number {
  return tiers
    .flatMap(({ policies }) => policies)
    .reduce((sum, policy) => sum + rulesOf(policy, direction).length, 0)
}
