/** Questions about addresses that DNS knows by names. */
import { expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const cluster = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
status: {podIPs: [{ip: 10.0.0.2}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: partners, namespace: shop, labels: {role: partner}}
spec: {nets: [192.0.2.0/24], allowedEgressDomains: ['*.partner.example']}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  selector: app == 'web'
  egress:
    - {action: Allow, protocol: TCP, destination: {domains: [www.example.com, '*.b.org'], ports: [443]}}
    - {action: Allow, protocol: TCP, destination: {selector: role == 'partner', ports: [443]}}
`
const outside = ['--from', 'shop/web', '--to', '203.0.113.9', '--port', '443']
const ask = (command: string, ...flags: string[]) =>
  margay([command, '-f', 'c.yaml', ...flags], { files: { 'c.yaml': cluster } })

test.each([
  [['--to-name', 'www.example.com'], 'Allow'],
  [['--to-name', 'other.net', '--to-name', 'X.B.org.'], 'Allow'],
  [['--to-name', 'eu.partner.example'], 'Allow'],
  [['--to-name', 'example.com'], 'Deny'],
  [[], 'Deny'],
])('%j: %s', async (flags, verdict) => {
  const { out } = await ask('query', ...outside, ...flags)
  expect(out.split('\n')[0]).toBe(verdict)
})

test.each([
  ['www.example.com', 'rule 0 matched www.example.com as www.example.com: Allow'],
  ['eu.partner.example', 'rule 1 matched eu.partner.example as *.partner.example: Allow'],
])('explain tells by which name it passes: %s', async (name, line) => {
  const { out, exitCode } = await ask('explain', ...outside, '--to-name', name)
  expect(out).toContain(line)
  expect(exitCode).toBe(0)
  const json = JSON.parse((await ask('explain', ...outside, '--to-name', name, '-o', 'json')).out)
  const rules = json.connections[0].egress.tiers[0].policies[0].rules as { knownBy?: { name: string } }[]
  expect(rules.at(-1)?.knownBy?.name).toBe(name)
  expect(json.toNames).toEqual([name])
})

test('explain tells what an address would have to be known as', async () => {
  const { out } = await ask('explain', ...outside)
  expect(out).toContain('rule 0 Allow: destination 203.0.113.9 is not known as *.b.org, www.example.com')
  expect(out).toContain(
    'rule 1 Allow: destination 203.0.113.9 is not role == "partner" in namespace shop, nor known as *.partner.example',
  )
  const named = await ask('explain', ...outside, '--to-name', 'b.org')
  expect(named.out).toContain('destination 203.0.113.9 (b.org) is not known as *.b.org, www.example.com')
})

test('an address of a network set needs no name', async () => {
  const { out } = await ask('explain', '--from', 'shop/web', '--to', '192.0.2.7', '--port', '443')
  expect(out).toContain('rule 1 matched: Allow')
})

test.each([
  [['--to-name', '*.example.com'], '--to-name: must be a name such as www.example.com, not "*.example.com"'],
  [['--to-name', ''], '--to-name: must be a name such as www.example.com, not ""'],
])('%j is refused', async (flags, message) => {
  const { err, exitCode } = await ask('query', ...outside, ...flags)
  expect(err).toContain(message)
  expect(exitCode).toBe(2)
})

test.each(['shop/db', '10.0.0.2'])('%s is in the cluster, where names count for nothing', async (to) => {
  const { err } = await ask('query', '--from', 'shop/web', '--to', to, '--port', '443', '--to-name', 'a.com')
  expect(err).toContain(`${to} is in the cluster, where names of DNS count for nothing`)
})

test('a file of questions has names, too', async () => {
  const question = { from: 'shop/web', to: '203.0.113.9', port: 443 }
  const queries = JSON.stringify([
    { id: 1, ...question, toNames: ['a.b.org'] },
    { id: 2, ...question },
  ])
  const files = { 'c.yaml': cluster, 'q.json': queries }
  const { out } = await margay(['query', '-f', 'c.yaml', '--queries', 'q.json', '-o', 'json'], { files })
  expect((JSON.parse(out) as { verdict: string }[]).map(({ verdict }) => verdict)).toEqual(['Allow', 'Deny'])
})

test('so has a test of policies', async () => {
  const tests = `
manifests: [c.yaml]
tests:
  - {name: by name, from: shop/web, to: 203.0.113.9, port: 443, toNames: www.example.com, expect: Allow}
  - {name: without, from: shop/web, to: 203.0.113.9, port: 443, expect: Deny}
`
  const { exitCode } = await margay(['test', 't.yaml'], { files: { 'c.yaml': cluster, 't.yaml': tests } })
  expect(exitCode).toBe(0)
})
