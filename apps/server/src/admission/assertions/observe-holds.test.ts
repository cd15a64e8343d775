import { StateBuilder } from '@margay/policy'
import type { NetworkAssertion } from '@margay/resources'
import { expect, test } from 'vitest'
import { observeHolds } from './observe-holds.ts'

const assertion = (name: string, selector: string): NetworkAssertion => ({
  apiVersion: 'policy.margay.io/v1alpha1',
  kind: 'NetworkAssertion',
  metadata: { name },
  spec: { require: 'never', from: { selector }, to: { nets: ['192.0.2.0/24'] } },
})

test('of one that cannot be checked it is unknown whether it holds, and of others it is known', () => {
  const logged: string[] = []
  const log = { info: () => undefined, error: (message: string) => logged.push(message) }
  const { state } = new StateBuilder().update([])
  const assertions = [assertion('good', 'has(web)'), assertion('newer', 'web ~ "x"')]
  const observed = observeHolds(state, assertions, log)
  expect(observed.get('good')).toMatchObject({ status: 'True', reason: 'SaysNothing' })
  expect(observed.get('newer')).toMatchObject({ status: 'Unknown', reason: 'NotChecked' })
  expect(logged).toEqual(['the assertion newer could not be checked'])
})
