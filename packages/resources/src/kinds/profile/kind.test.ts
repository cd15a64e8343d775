import { expect, test } from 'vitest'
import { admit } from '../admit.ts'
import { admitted, issuePaths, profile } from '../examples.testkit.ts'
import { builtInProfiles, defaultAllowProfileName } from './built-in-profiles.ts'

const allow = { action: 'Allow' }

test.each([{}, { ingress: [allow], egress: [{ action: 'Deny' }] }, { labelsToApply: { 'pcns.team': 'a' } }])(
  'a profile may have %j',
  (spec) => expect(issuePaths(profile(spec))).toEqual([]),
)

test.each([
  [{ ingress: [{ action: 'allow' }] }, 'spec.ingress[0].action'],
  [{ egress: [{ ...allow, source: { nets: ['10.0.0.1'] } }] }, 'spec.egress[0].source.nets[0]'],
  [{ egress: Array(1025).fill(allow) }, 'spec.egress'],
  [{ selector: 'all()' }, 'spec.selector'],
  [{ order: 1 }, 'spec.order'],
])('a profile may not have %j, and %s is told', (spec, path) =>
  expect(issuePaths(profile(spec))).toEqual([path]),
)

test('its rules are stored in the form of all rules', () => {
  expect(admitted(profile({ ingress: [{ ...allow, protocol: '6' }] }))).toMatchObject({
    spec: { ingress: [{ protocol: 6 }] },
  })
})

test('the built-in profile allows everything, and admission changes nothing in it', () => {
  for (const each of builtInProfiles)
    expect(admit(each)).toMatchObject({ ok: true, resource: each, warnings: [] })
  expect(builtInProfiles.map(({ metadata }) => metadata.name)).toEqual([defaultAllowProfileName])
})
