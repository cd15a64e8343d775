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

const table = (out: string) => out.split('\n').map((line) => line.split(/ {3,}/))

test('connectivity has names as ends, of both kinds of lists', async () => {
  const { out } = await ask('connectivity', '--from', 'shop/web')
  expect(table(out)).toContainEqual([
    'shop/web',
    'domain *.b.org, domain *.partner.example, domain www.example.com',
    'TCP 443',
  ])
  const { out: json } = await ask('connectivity', '--to', '*.b.org', '-o', 'json')
  expect(JSON.parse(json).connections).toMatchObject([
    { to: { domains: ['*.b.org', '*.partner.example', 'www.example.com'] }, text: 'TCP 443' },
  ])
})

test('where addresses are denied before, it is told at which ones a name counts', async () => {
  const denied = cluster.replace(
    '  egress:\n',
    '  egress:\n    - {action: Deny, destination: {nets: [203.0.113.0/24]}}\n',
  )
  const files = { 'c.yaml': denied }
  const { out } = await margay(['connectivity', '-f', 'c.yaml', '--to', 'www.example.com'], { files })
  expect(out).toMatch(/domain www\.example\.com at /)
})

test('diff tells of a name that is gone from a rule, and of one that came to a network set', async () => {
  const files = {
    'old.yaml': cluster,
    'new.yaml': cluster.replace(", '*.b.org'", '').replace("['*.partner", "['x.org', '*.partner"),
  }
  const { out, exitCode } = await margay(['diff', 'old.yaml', 'new.yaml'], { files })
  expect(exitCode).toBe(1)
  expect(table(out).slice(1, 3)).toEqual([
    ['gained', 'shop/web', 'domain x.org', '4', 'TCP 443'],
    ['lost', 'shop/web', 'domain *.b.org', '4', 'TCP 443'],
  ])
})

test('a name that another pattern covers anyway makes no difference', async () => {
  const files = { 'old.yaml': cluster, 'new.yaml': cluster.replace("'*.b.org'", "'*.b.org', a.b.org") }
  expect((await margay(['diff', 'old.yaml', 'new.yaml'], { files })).exitCode).toBe(0)
})

test('lint takes no rule for useless that opens the way by name', async () => {
  const { out } = await ask('lint')
  expect(out).not.toMatch(/matches no packet|can go|never decides/)
})

test('explain proposes what turns the verdict that the name gave', async () => {
  const { out } = await ask('explain', ...outside, '--to-name', 'www.example.com')
  expect(out).toContain('action: Deny')
  expect(out).not.toContain('action: Allow\n')
})

test('verify says what it can not know', async () => {
  const assertion = `
apiVersion: policy.margay.io/v1alpha1
kind: NetworkAssertion
metadata: {name: apart}
spec: {require: never, from: {selector: app == 'web'}, to: {selector: app == 'db'}}
`
  const files = { 'c.yaml': cluster, 'a.yaml': assertion }
  const { err, exitCode } = await margay(['verify', '-f', 'c.yaml', '-f', 'a.yaml'], { files })
  expect(exitCode).toBe(0)
  expect(err).toContain('which addresses outside these have is not known here')
})

test('diff names host endpoints whose rules with names are others', async () => {
  const host = (domains: string) => `
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1-eth0, labels: {role: node}}
spec: {node: n1, interfaceName: eth0, expectedIPs: [198.18.0.1]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: nodes}
spec:
  selector: role == 'node'
  egress: [{action: Allow, destination: {domains: [${domains}]}}]
`
  const diff = (domains: string) =>
    margay(['diff', 'a.yaml', 'b.yaml'], { files: { 'a.yaml': host('a.com'), 'b.yaml': host(domains) } })
  expect((await diff('a.com')).exitCode).toBe(0)
  expect(await diff('b.com')).toMatchObject({
    exitCode: 1,
    out: 'rules with names of domains, or before such, are others for host endpoints: n1-eth0\n',
  })
})
