/**
 * In random worlds: an assertion that speaks of few says the same beside one that speaks of all, for which everybody is looked at; and the
 * evaluator says of its packet what it is shown for.
 *
 * MARGAY_CASES  how many worlds; 100 by default. MARGAY_SEED  a whole number that decides them.
 */
import { formatManifest, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { type CheckedAssertion, checkAssertions } from './assertions.ts'
import { assertionOf, runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 100)

const everybody = assertionOf({ require: 'never', from: {}, to: {} })
const ports = fc.constantFrom(undefined, [{ protocol: 'TCP', port: '1:1000' }], [{ protocol: 'UDP' }])
const cases = fc.tuple(
  worlds(smallCast),
  fc.nat(),
  fc.nat(),
  fc.constantFrom('never', 'always'),
  ports,
  fc.boolean(),
)

test('few are looked at, and nothing is missed', { timeout: 30_000 + numRuns * 300 }, () => {
  let [holding, broken] = [0, 0]
  fc.assert(
    fc.property(cases, ([objects, from, to, require, asked, staged]) => {
      const state = stateOf(objects)
      const sides = { from: sideOf(state, from), to: sideOf(state, to) }
      const assertion = assertionOf({ require, ...sides, ...(asked === undefined ? {} : { ports: asked }) })
      const [alone] = checkAssertions(state, [assertion], { staged })
      const [beside] = checkAssertions(state, [assertion, everybody], { staged })
      const told = ({ holds, isVacuous }: Partial<CheckedAssertion> = {}) => ({ holds, isVacuous })
      const world = () => `${JSON.stringify(assertion.spec)}, staged ${staged}\n${formatManifest(objects)}`
      if (JSON.stringify(told(alone)) !== JSON.stringify(told(beside))) expect.fail(world())
      if (alone?.counterExample === undefined) holding++
      else broken++
      for (const flow of [alone?.counterExample, beside?.counterExample])
        if (
          flow !== undefined &&
          evaluate(state, flow, { staged }).verdict !== (require === 'never' ? 'Allow' : 'Deny')
        )
          expect.fail(world())
    }),
    { numRuns, ...seed },
  )
  expect(Math.min(holding, broken)).toBeGreaterThan(numRuns / 20)
})

/** One workload by a label that it has, or some address. */
function sideOf(state: PolicyState, choice: number): object {
  const endpoints = [...state.endpoints.values()]
  const labels = endpoints[choice % (endpoints.length + 1)]?.labels
  if (labels === undefined) return { nets: [choice % 2 === 0 ? '0.0.0.0/1' : '10.0.0.0/8'] }
  const all = [...labels]
  const [name, value] = all[choice % all.length] ?? ['none', '']
  return { selector: `${name} == '${value}'`, namespaceSelector: 'all()' }
}
