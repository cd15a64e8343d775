import { expect, test } from 'vitest'
import { admit } from '../admit.ts'
import { globalPolicy, ingress, issuePaths, stagedGlobalPolicy, stagedPolicy } from '../examples.testkit.ts'

const withHeaders = (...headers: object[]) => ingress({ http: { headers } })
const at = 'spec.ingress[0].http.headers'
const team = { header: 'X-Team', operator: 'In', values: ['a'] }

test.each([
  team,
  { ...team, operator: 'NotIn' },
  { header: "!#$%&'*+-.^_`|~9z", operator: 'Exists' },
  { header: 'x', operator: 'DoesNotExist' },
  { header: 'x', operator: 'Exists', values: [] },
  { header: 'x'.repeat(256), operator: 'Exists' },
  { ...team, values: ['', 'a, b', 'é', 'v'.repeat(1024)] },
  { ...team, values: Array.from({ length: 20 }, (_, i) => `v${i}`) },
  { header: 'Host', operator: 'In', values: ['Shop.Example.', '[fd00::1]'] },
])('a rule may ask of a header %j', (header) => {
  expect(issuePaths(withHeaders(header))).toEqual([])
})

test('so may rules of every kind of policy, and of one header more than once', () => {
  for (const make of [globalPolicy, stagedPolicy, stagedGlobalPolicy])
    expect(issuePaths(make({ ingress: [{ action: 'Allow', http: { headers: [team, team] } }] }))).toEqual([])
})

test.each<[object, string]>([
  [{ operator: 'Exists' }, 'header'],
  [{ header: '', operator: 'Exists' }, 'header'],
  [{ header: ':path', operator: 'Exists' }, 'header'],
  [{ header: 'a b', operator: 'Exists' }, 'header'],
  [{ header: 'a:', operator: 'Exists' }, 'header'],
  [{ header: 'é', operator: 'Exists' }, 'header'],
  [{ header: 'x'.repeat(257), operator: 'Exists' }, 'header'],
  [{ header: 'x' }, 'operator'],
  [{ header: 'x', operator: 'in' }, 'operator'],
  [{ header: 'x', operator: 'In' }, 'values'],
  [{ header: 'x', operator: 'NotIn', values: [] }, 'values'],
  [{ header: 'x', operator: 'Exists', values: ['a'] }, 'values'],
  [{ header: 'x', operator: 'DoesNotExist', values: ['a'] }, 'values'],
  [{ ...team, values: Array.from({ length: 21 }, (_, i) => `v${i}`) }, 'values'],
  [{ ...team, values: ['a', 'a'] }, 'values[1]'],
  [{ ...team, values: ['v'.repeat(1025)] }, 'values[0]'],
  [{ ...team, values: [' a'] }, 'values[0]'],
  [{ ...team, values: ['a\t'] }, 'values[0]'],
  [{ ...team, values: ['a\r\nb: c'] }, 'values[0]'],
  [{ ...team, values: ['\0'] }, 'values[0]'],
  [{ header: 'HOST', operator: 'NotIn', values: ['a', 'b:80'] }, 'values[1]'],
  [{ ...team, value: 'a' }, 'value'],
])('it may not ask %j', (header, field) => {
  expect(issuePaths(withHeaders(team, header))).toEqual([`${at}[1].${field}`])
})

test('it asks of at most 20', () => {
  expect(issuePaths(withHeaders(...Array.from({ length: 20 }, () => team)))).toEqual([])
  expect(issuePaths(withHeaders(...Array.from({ length: 21 }, () => team)))).toEqual([at])
})

test.each<[object, RegExp]>([
  [
    { header: ':path', operator: 'Exists' },
    /^must be the name of a header, but is ":path": methods and paths have/,
  ],
  [{ header: 'a b', operator: 'Exists' }, /^must be letters, digits and any of .*, but is "a b"$/],
  [{ header: 'x', operator: 'In' }, /^must have a value for operator In$/],
  [{ header: 'x', operator: 'Exists', values: ['a'] }, /^is not allowed with operator Exists$/],
  [{ header: 'host', operator: 'In', values: ['a:80'] }, /^must be a host without a port, but is "a:80"/],
])('of %j it is said what is allowed', (header, message) => {
  const admission = admit(withHeaders(header))
  expect(admission.ok ? [] : admission.issues.map((it) => it.message)).toEqual([
    expect.stringMatching(message),
  ])
})
