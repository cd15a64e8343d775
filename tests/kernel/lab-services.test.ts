/** Services of the lab against the real kernel: every way on which host policy is tested has to carry packets. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createLab,
  type Lab,
  type LabMember,
  type LabNode,
  type LabPod,
  type ProbeRequest,
} from '@margay/lab'
import { afterAll, beforeAll, expect, test } from 'vitest'

const stateDirectory = mkdtempSync(join(tmpdir(), 'margay-lab-services-'))
const clusterIps = { 4: '10.96.0.10', 6: 'fd96::10' } as const
const families = [4, 6] as const

let lab: Lab
let node: LabNode
let web: LabPod
let client: LabPod
let far: LabPod
let outside: LabPod

beforeAll(async () => {
  lab = await createLab({ name: `services${process.pid}`, stateDirectory })
  node = await lab.addNode('a')
  await lab.addNode('b')
  const pod = (on: string, name: string, index: number) => ({
    node: on,
    namespace: 'shop',
    name,
    ips: [`10.77.0.${index}`, `fd77::${index}`],
    interfaceName: `cali${index}`,
  })
  const pods = await lab.addPods([pod('a', 'web', 1), pod('a', 'client', 2), pod('b', 'far', 3)])
  ;[web, client, far] = pods as [LabPod, LabPod, LabPod]
  outside = await lab.addExternalMachine({ name: 'customer', node: 'a', ips: ['203.0.113.7', '2001:db8::7'] })
  await lab.serve([...pods, node, outside], { tcp: [80], udp: [53] })
  for (const family of families) {
    const backends = [{ ip: ipOf(web, family), port: 80 }]
    await lab.addService(node, { ip: clusterIps[family], port: 8080, protocol: 'TCP', backends })
    const names = [{ ip: ipOf(web, family), port: 53 }]
    await lab.addService(node, { ip: clusterIps[family], port: 5353, protocol: 'UDP', backends: names })
  }
  const backendsOf = (pod: LabPod) => pod.ips.map((ip) => ({ ip, port: 80 }))
  await lab.addNodePort(node, { port: 30080, protocol: 'TCP', backends: backendsOf(web) })
  await lab.addNodePort(node, { port: 30081, protocol: 'TCP', backends: backendsOf(far), masquerades: true })
})
afterAll(async () => {
  await lab.close()
  rmSync(stateDirectory, { recursive: true, force: true })
})

function ipOf(member: LabMember, family: 4 | 6): string {
  const ip = member.ips.find((each) => each.includes(':') === (family === 6))
  if (ip === undefined) throw new Error(`${member.name} has no IPv${family} address`)
  return ip
}

async function expectReached(from: LabMember, to: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP') {
  const result = await lab.probe({ from, to, port, protocol, timeoutMs: 2000 })
  expect(result).toMatchObject({ outcome: 'reached', isAnswered: true })
}

test.each(families)('outside and node reach each other over IPv%i', async (family) => {
  await expectReached(outside, ipOf(node, family), 80)
  await expectReached(node, ipOf(outside, family), 80)
  await expectReached(outside, ipOf(web, family), 80)
})

test.each(families)(
  'outside reaches pods behind node ports, here and on another node, over IPv%i',
  async (family) => {
    await expectReached(outside, ipOf(node, family), 30080)
    await expectReached(outside, ipOf(node, family), 30081)
  },
)

test.each(families)('a node reaches its pods, directly and by their service, over IPv%i', async (family) => {
  await expectReached(node, ipOf(web, family), 80)
  await expectReached(node, clusterIps[family], 8080)
  await expectReached(node, clusterIps[family], 5353, 'UDP')
})

test.each(families)(
  'pods reach a service, also the one that they are behind, and their node, over IPv%i',
  async (family) => {
    await expectReached(client, clusterIps[family], 8080)
    await expectReached(client, clusterIps[family], 5353, 'UDP')
    await expectReached(web, clusterIps[family], 8080)
    await expectReached(web, clusterIps[family], 5353, 'UDP')
    await expectReached(client, ipOf(node, family), 80)
  },
)

test('backends of one service are taken in turn', async () => {
  const backends = [web, client].map((pod) => ({ ip: ipOf(pod, 4), port: 80 }))
  await lab.addService(node, { ip: '10.96.0.11', port: 80, protocol: 'TCP', backends })
  await lab.flushConntrack(node)
  for (let count = 0; count < 4; count++) await expectReached(outside, '10.96.0.11', 80)
  const { stdout } = await lab.runInNode(node, 'conntrack', ['-L', '-d', '10.96.0.11'])
  expect(stdout.match(/src=10\.77\.0\.1 /g)).toHaveLength(2)
  expect(stdout.match(/src=10\.77\.0\.2 /g)).toHaveLength(2)
})

test('a reset by a backend that does not listen counts as arrival, one by a rule in front of one that does does not', async () => {
  const backends = [{ ip: ipOf(web, 4), port: 81 }]
  await lab.addService(node, { ip: '10.96.0.12', port: 80, protocol: 'TCP', backends })
  const request = (to: string, port: number): ProbeRequest => ({
    from: client,
    to,
    port,
    protocol: 'TCP',
    timeoutMs: 500,
  })
  expect((await lab.probe(request('10.96.0.12', 80))).outcome).toBe('reached')
  const table =
    'table inet test { chain forward { type filter hook forward priority 0; tcp dport 80 reject with tcp reset; }; }'
  await lab.runInNode(node, 'nft', ['-f', '-'], table)
  expect((await lab.probe(request(clusterIps[4], 8080))).outcome).toBe('blocked')
  await lab.runInNode(node, 'nft', ['delete', 'table', 'inet', 'test'])
})

test('the backend of a node port that masquerades sees the node', async () => {
  await expectReached(outside, ipOf(node, 4), 30081)
  const which = ['-L', '-p', 'tcp', '-s', ipOf(outside, 4), '--dport', '30081']
  const { stdout } = await lab.runInNode(node, 'conntrack', which)
  expect(stdout).toContain(`src=${ipOf(far, 4)} dst=${ipOf(node, 4)}`)
})

test.each(families)(
  'a witness sees the packet that is translated, with or without an answer, over IPv%i',
  async (family) => {
    const send = (protocol: 'TCP' | 'UDP', port: number, more: Partial<ProbeRequest>) =>
      lab.probe({ from: client, to: clusterIps[family], protocol, port, timeoutMs: 300, ...more })
    expect(await send('TCP', 8080, { witness: web })).toMatchObject({ outcome: 'reached', isAnswered: false })
    const isAnswered = { outcome: 'reached', isAnswered: true }
    expect(await send('UDP', 5353, { witness: web, awaitsAnswer: true })).toMatchObject(isAnswered)
    expect((await send('TCP', 8080, { witness: far })).outcome).toBe('blocked')
    const noAnswers = 'udp sport 53 drop; tcp dport 80 drop;'
    const table = `table inet test { chain forward { type filter hook forward priority 0; ${noAnswers} }; }`
    await lab.runInNode(node, 'nft', ['-f', '-'], table)
    const isLate = { outcome: 'reached', isAnswered: false }
    expect(await send('UDP', 5353, { witness: web, awaitsAnswer: true })).toMatchObject(isLate)
    expect((await send('TCP', 8080, { witness: web })).outcome).toBe('blocked')
    await lab.runInNode(node, 'nft', ['delete', 'table', 'inet', 'test'])
  },
)
