/** What a broken assertion says to whom it stops: the packet, what decides about it, and why it is asserted. */
import { type CheckedAssertion, type PolicyState, proofOf } from '@margay/policy'
import type { NetworkAssertion } from '@margay/resources'

export interface Broken {
  readonly assertion: NetworkAssertion
  /** `shop/web → shop/db TCP 5432`. */
  readonly packet: string
  /** What allows it, or denies it. */
  readonly deciders: readonly string[]
}

/** Those that do not hold. To be asked while the state is the last one. */
export function provedBroken(state: PolicyState, checked: readonly CheckedAssertion[]): Broken[] {
  return checked.flatMap(({ assertion, counterExample, route }) => {
    if (counterExample === undefined) return []
    const { text, deciders } = proofOf(state, counterExample, route)
    return [{ assertion, packet: text, deciders }]
  })
}

/** `is`: as things are; `would be`: after a write. */
export function describeBroken(broken: Broken, be: 'is' | 'would be'): string {
  const { description } = broken.assertion.spec
  return `${describePacket(broken, be)}${description === undefined ? '' : `. ${description}`}`
}

/** Where it can't be told whether it holds. */
export function describeUnknown(why: string): string {
  return `it can't be told whether it holds: ${why}`
}

/** Without why it is asserted. */
export function describePacket(
  { assertion: { spec }, packet, deciders }: Broken,
  be: 'is' | 'would be',
): string {
  const [can, must] = be === 'is' ? ['is', 'is not'] : ['would be', 'would not be']
  const fault =
    spec.require === 'never' ? `${can} possible, and must never be` : `${must} possible, and must always be`
  const why = deciders.length === 0 ? '' : ` (${deciders.join('; ')})`
  return `${packet} ${fault}${why}`
}

export const describeVacuous =
  'says nothing now: no two are there that it speaks of, so nothing can break it; look at its selectors'
