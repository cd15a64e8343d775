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
