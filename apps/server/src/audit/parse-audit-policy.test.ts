import { expect, test } from 'vitest'
import { parseAuditPolicy } from './parse-audit-policy.ts'

const policy = (rules: string): string =>
  `apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: ${rules}\n`

test('a policy as kube-apiserver takes it', () => {
  const text = policy(
    "[{level: None, users: ['a'], resources: [{group: '', resources: ['pods/*']}]}, {level: Metadata, omitStages: [RequestReceived]}]",
  )
  expect(parseAuditPolicy(text, 'p.yaml').rules).toMatchObject([
    { level: 'None', users: ['a'] },
    { level: 'Metadata' },
  ])
})

test.each([
  ['kind: Policy\n', /must be apiVersion audit\.k8s\.io\/v1, kind Policy/],
  [policy('none'), /p\.yaml: rules: must be a list/],
  [policy('[{level: All}]'), /rules\[0\]\.level: must be one of None, Metadata, Request, RequestResponse/],
  [policy('[{level: None, who: [a]}]'), /rules\[0\]\.who: is not known; there is level/],
  [policy('[{level: None, users: a}]'), /rules\[0\]\.users: must be a list of texts/],
  [policy('[{level: None, resources: [{groups: a}]}]'), /rules\[0\]\.resources\[0\]\.groups: is not known/],
  [`${policy('[]')}---\n${policy('[]')}`, /must be one object of kind Policy/],
])('%j is refused', (text, message) => {
  expect(() => parseAuditPolicy(text, 'p.yaml')).toThrow(message)
})
