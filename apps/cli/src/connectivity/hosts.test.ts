import { describe, expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const pod = (name: string, node: string, ip: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
spec: {nodeName: ${node}}
status: {podIPs: [{ip: ${ip}}]}
---
`
const host = (node: string, ip: string) => `apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: ${node}-eth0, labels: {role: node}}
spec: {node: ${node}, interfaceName: eth0, expectedIPs: [${ip}]}
---
`
const cluster = `${pod('web', 'n1', '10.0.0.1')}${pod('web-2', 'n2', '10.0.0.2')}${host('n1', '192.0.2.1')}${host('n2', '192.0.2.2')}
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: nodes}
spec:
  selector: role == 'node'
  ingress:
    - {action: Allow, protocol: TCP, source: {selector: has(app)}, destination: {ports: [9100]}}
    - {action: Allow, protocol: TCP, source: {selector: role == 'node'}, destination: {ports: [10250]}}
  egress:
    - {action: Allow, protocol: TCP, destination: {ports: [10250]}}
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec:
  failsafeInboundHostPorts: [{protocol: TCP, port: 22, net: 203.0.113.0/24}]
  failsafeOutboundHostPorts: []
`
const ask = (...flags: string[]) =>
  margay(['connectivity', '-f', 'c.yaml', '--hosts', ...flags], { files: { 'c.yaml': cluster } })
const lines = (out: string) => out.split('\n').map((line) => line.split(/ {3,}/))

test('who reaches the nodes themselves: as failsafe ports and their policies have it', async () => {
  const { out, exitCode } = await ask('--to', 'host')
  expect(exitCode).toBe(0)
  expect(lines(out)).toEqual([
    ['FROM', 'TO', 'ON', 'CONNECTIONS'],
    ['203.0.113.0/24', 'host/n1-eth0, host/n2-eth0', 'TCP 22'],
    ['host/n1-eth0, host/n2-eth0', 'host/n1-eth0, host/n2-eth0', 'TCP 10250'],
    ['shop/web, shop/web-2', 'host/n1-eth0, host/n2-eth0', 'other nodes', 'TCP 9100'],
    [''],
  ])
})

test('whom they reach; a pod of the node whatever policy says', async () => {
  const { out } = await ask('--from', 'n1-eth0')
  expect(lines(out)).toEqual([
    ['FROM', 'TO', 'ON', 'CONNECTIONS'],
    ['host/n1-eth0, host/n2-eth0', 'host/n1-eth0, host/n2-eth0', 'TCP 10250'],
    ['host/n1-eth0, host/n2-eth0', 'outside (0.0.0.0/0)', 'TCP 10250'],
    ['host/n1-eth0, host/n2-eth0', 'shop/web, shop/web-2', 'other nodes', 'TCP 10250'],
    ['host/n1-eth0, host/n2-eth0', 'shop/web, shop/web-2', 'same node', 'everything'],
    [''],
  ])
})

test('what one node does with its own pods is not said of another', async () => {
  const settings = `---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: node.n2}
spec: {defaultEndpointToHostAction: Return}
`
  const { out } = await margay(
    ['connectivity', '-f', 'c.yaml', '--hosts', '--from', 'shop', '--to', 'host'],
    {
      files: { 'c.yaml': `${cluster}${settings}` },
    },
  )
  expect(lines(out)).toEqual([
    ['FROM', 'TO', 'CONNECTIONS'],
    ['shop/web', 'host/n2-eth0', 'TCP 9100'],
    ['shop/web-2', 'host/n1-eth0', 'TCP 9100'],
    ['shop/web-2', 'host/n2-eth0', 'everything but IPIP and UDP 4789'],
    [''],
  ])
})

test('without the flag, nothing is said of them', async () => {
  const { out } = await margay(['connectivity', '-f', 'c.yaml'], { files: { 'c.yaml': cluster } })
  expect(out).not.toContain('host/')
})

test('what is said is what query says', async () => {
  const verdict = async (from: string, to: string, port: string) => {
    const flags = ['--from', from, '--to', to, '--port', port]
    return (await margay(['query', '-f', 'c.yaml', ...flags], { files: { 'c.yaml': cluster } })).exitCode
  }
  expect(await verdict('shop/web', 'host/n2-eth0', '9100/tcp')).toBe(0)
  expect(await verdict('shop/web', 'host/n1-eth0', '9100/tcp')).toBe(1)
  expect(await verdict('203.0.113.9', 'host/n1-eth0', '22/tcp')).toBe(0)
  expect(await verdict('198.51.100.9', 'host/n1-eth0', '22/tcp')).toBe(1)
  expect(await verdict('host/n2-eth0', 'shop/web-2', '80/tcp')).toBe(0)
  expect(await verdict('host/n2-eth0', 'shop/web', '80/tcp')).toBe(1)
})

describe('for scripts, and as pictures', () => {
  test('JSON', async () => {
    const { out } = await ask('--from', 'shop', '--to', 'host', '-o', 'json')
    expect(JSON.parse(out)).toEqual({
      connections: [
        {
          ipVersions: [4],
          from: { hosts: [], workloads: ['shop/web', 'shop/web-2'], outside: [] },
          to: { hosts: ['host/n1-eth0', 'host/n2-eth0'], workloads: [], outside: [] },
          nodes: 'different',
          connections: [{ protocol: 'TCP', ports: ['9100'] }],
          text: 'TCP 9100',
        },
      ],
    })
  })

  test('CSV has the pairs that are meant, and no others', async () => {
    const { out } = await ask('--from', 'host', '-o', 'csv')
    const pairs = out.split('\r\n').filter((line) => !line.includes('/0,'))
    expect(pairs).toEqual([
      'from,to,ip,connections',
      'host/n1-eth0,host/n2-eth0,4,TCP 10250',
      'host/n2-eth0,host/n1-eth0,4,TCP 10250',
      'host/n1-eth0,shop/web-2,4,TCP 10250',
      'host/n2-eth0,shop/web,4,TCP 10250',
      'host/n1-eth0,shop/web,4,everything',
      'host/n2-eth0,shop/web-2,4,everything',
      '',
    ])
  })

  test.each([
    ['dot', 'n0 -> n1 [label="TCP 9100 (other nodes)"]'],
    ['mermaid', 'n0 -->|"TCP 9100 (other nodes)"| n1'],
    ['svg', '<title>shop/web, shop/web-2 to host/n1-eth0, host/n2-eth0: TCP 9100 (other nodes)</title>'],
  ])('%s', async (format, shown) => {
    expect((await ask('--from', 'shop', '--to', 'host', '-o', format)).out).toContain(shown)
  })
})
