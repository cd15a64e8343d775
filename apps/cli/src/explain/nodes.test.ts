/** Explanations of connections from and to nodes. */
import { expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const cluster = `apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 192.0.2.10}]}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1-eth0, labels: {role: node}}
spec: {node: n1, interfaceName: eth0, expectedIPs: [192.0.2.10]}
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop, labels: {app: other}}
spec: {nodeName: n2}
status: {podIPs: [{ip: 10.0.1.1}]}
`
const policies = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: nodes}
spec:
  selector: role == 'node'
  types: [Ingress, Egress]
  ingress: [{action: Allow, protocol: TCP, source: {nets: [198.51.100.0/24]}, destination: {ports: [443]}}]
  egress: [{action: Allow, protocol: TCP, destination: {ports: [53]}}]
`
const files = { 'cluster.yaml': cluster, 'policies.yaml': policies }
const explain = (...flags: string[]) =>
  margay(['explain', '-f', 'cluster.yaml', '-f', 'policies.yaml', ...flags], { files })

test('each stage on the way is told with the policies that were asked there', async () => {
  const { exitCode, out } = await explain('--from', 'shop/other', '--to', 'host/n1-eth0', '--port', '443')
  expect(exitCode).toBe(1)
  expect(out).toMatch(/^Deny {2}shop\/other to host\/n1-eth0, TCP 443/)
  expect(out).toContain(`
Workload egress of shop/other: Allow
  profile kns.shop: Allow

Normal ingress of n1-eth0: Deny
  tier default
    gnp:nodes  policies.yaml:1
      rule 0 Allow: source shop/other is not in 198.51.100.0/24  policies.yaml:7
    no rule matched: end of tier: Deny
`)
}, 30_000)

test('a failsafe port, and data', async () => {
  const flags = ['--from', '203.0.113.7', '--to', 'host/n1-eth0', '--port', '22']
  expect((await explain(...flags)).out).toContain(
    'Normal ingress of n1-eth0: Allow\n  failsafe port TCP 22: Allow',
  )
  const { out } = await explain(
    '--from',
    '198.51.100.7',
    '--to',
    'host/n1-eth0',
    '--port',
    '443',
    '-o',
    'json',
  )
  const [connection] = JSON.parse(out).connections
  expect(connection.path).toEqual(['Normal ingress of n1-eth0: tier default, gnp:nodes rule 0: Allow'])
  expect(connection.stages).toMatchObject([
    {
      stage: 'Normal',
      direction: 'Ingress',
      endpoint: 'n1-eth0',
      action: 'Allow',
      tiers: [{ name: 'default', policies: [{ policy: 'gnp:nodes', decided: true, line: 1 }] }],
    },
  ])
})

interface ToldChange {
  readonly otherConnections: { readonly others: number; readonly isComplete: boolean }
  readonly steps: readonly { readonly summary: string; readonly patch?: object; readonly manifest?: object }[]
}
const changes = async (...flags: string[]): Promise<ToldChange[]> =>
  JSON.parse((await explain(...flags, '-o', 'json')).out).connections[0].changes

test('the smallest change for what a host endpoint denies, and for what it allows', async () => {
  const [rule, policy] = await changes('--from', 'shop/other', '--to', 'host/n1-eth0', '--port', '443')
  expect(rule).toMatchObject({
    otherConnections: { others: 0, isComplete: true },
    steps: [{ summary: 'add a rule to GlobalNetworkPolicy nodes', patch: [{ path: '/spec/ingress/1' }] }],
  })
  expect(policy?.steps).toMatchObject([
    {
      summary: 'add GlobalNetworkPolicy allow-other-192-0-2-10-tcp-443',
      manifest: { spec: { selector: "role == 'node'", types: ['Ingress'] } },
    },
  ])
  const denying = await changes('--from', '198.51.100.9', '--to', 'host/n1-eth0', '--port', '443')
  expect(denying[0]).toMatchObject({
    otherConnections: { others: 0 },
    steps: [{ summary: 'add a rule to GlobalNetworkPolicy nodes' }],
  })
  // A rule less would shut out others of that network, too.
  expect(denying.flatMap(({ steps }) => steps.map(({ summary }) => summary))).not.toContain(
    'remove rule 0 of GlobalNetworkPolicy nodes',
  )
}, 30_000)

test('where a host endpoint denies behind another place that does, both are changed', async () => {
  const closed = `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {selector: all(), types: [Egress]}
`
  const flags = ['--from', 'shop/other', '--to', 'host/n1-eth0', '--port', '443', '-o', 'json']
  const { out } = await margay(['explain', '-f', 'all.yaml', ...flags], {
    files: { 'all.yaml': [cluster, policies, closed].join('---\n') },
  })
  const [best] = JSON.parse(out).connections[0].changes as ToldChange[]
  expect(best?.steps.map(({ summary }) => summary)).toEqual([
    'add a rule to NetworkPolicy shop/closed',
    'add a rule to GlobalNetworkPolicy nodes',
  ])
}, 30_000)

test('a failsafe port is beyond policy', async () => {
  const { out } = await explain('--from', '203.0.113.7', '--to', 'host/n1-eth0', '--port', '22')
  expect(out).toContain('No change of a policy or label was found that would deny it.')
})
