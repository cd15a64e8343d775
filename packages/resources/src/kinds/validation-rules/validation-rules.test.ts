/** Every rule of spec/api.md 2.1, by its number there. */
import { describe, expect, test } from 'vitest'
import { issuePaths } from '../examples.testkit.ts'
import { hostEndpointRules } from './host-endpoints.testkit.ts'
import { httpRules } from './http.testkit.ts'
import { icmpRules } from './icmp.testkit.ts'
import { nameRules } from './names.testkit.ts'
import { netRules } from './nets.testkit.ts'
import { policyRules } from './policies.testkit.ts'
import { portRules } from './ports.testkit.ts'
import { protocolRules } from './protocols.testkit.ts'
import { selectorRules } from './selectors.testkit.ts'
import { serviceRules } from './services.testkit.ts'
import { setRules } from './sets.testkit.ts'
import { tierAndStagedRules } from './tiers-and-staged.testkit.ts'

const cases = [
  ...protocolRules,
  ...portRules,
  ...netRules,
  ...icmpRules,
  ...httpRules,
  ...serviceRules,
  ...selectorRules,
  ...policyRules,
  ...nameRules,
  ...tierAndStagedRules,
  ...setRules,
  ...hostEndpointRules,
]

describe.each(cases)('rule $rule: $says', ({ accepts, rejects }) => {
  test('admits what keeps to it', () => {
    for (const input of accepts) expect(issuePaths(input), shorten(input)).toEqual([])
  })

  if (rejects.length === 0) return
  test('refuses what does not, and says where', () => {
    for (const [input, path] of rejects) expect(issuePaths(input), shorten(input)).toEqual([path])
  })
})

function shorten(input: unknown): string {
  return JSON.stringify(input).slice(0, 300)
}

test('every rule has a case, once', () => {
  const numbers = cases.map(({ rule }) => rule).sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 70 }, (_, index) => index + 1))
})

test('only rules that permit something refuse nothing', () => {
  expect(cases.filter(({ rejects }) => rejects.length === 0).map(({ rule }) => rule)).toEqual([20, 70])
})
