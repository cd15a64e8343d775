import { formatChange } from '@margay/netlink/nftables'
import { expect, test } from 'vitest'
import { EncryptedNode, type Mode, nodeSettings, pod } from '../encryption/encryption.testkit.ts'
import { keyOf } from '../encryption/tunnel-keeper.testkit.ts'
import { FakeNft } from '../testing/fake-nft.ts'
import { formatPlan } from './format-plan.ts'
import { planEncryption } from './plan-encryption.ts'

async function planOf(node: EncryptedNode, mode: Mode, driver = new FakeNft()) {
  const { kernel, nodes, pools, endpoints } = node
  return planEncryption({
    told: { nodeName: 'a', nodes, pools },
    workloads: { settings: nodeSettings(mode), endpoints: () => endpoints },
    kernel,
    driver,
    apiPorts: [6443],
  })
}

async function linesOf(node: EncryptedNode, mode: Mode): Promise<string[]> {
  const { changes, problems } = await planOf(node, mode)
  const tunnels = changes.filter(({ names }) => names.length > 0)
  return formatPlan({ nftables: [], node: [], tunnels, problems })
}

test('a node that begins to encrypt: device, peers, rules, routes and the guard, and nothing is made', async () => {
  const node = new EncryptedNode()
  const driver = new FakeNft()
  expect(await linesOf(node, {})).toEqual([
    'encryption:',
    '  add device wireguard.cali (UDP port 51820, mark 0x200000, MTU 1440)',
    '  add peer b',
    '  add rule 100 of IPv4: nop',
    '  add rule 98 of IPv4: iif lo goto 100',
    '  add rule 98 of IPv4: from 192.0.2.1/32 goto 100',
    '  add rule 99 of IPv4: not fwmark 0x200000/0x200000 lookup 1',
    '  add route throw 10.0.1.0/24 table 1 metric 1024',
    '  add route blackhole 10.0.2.0/24 table 1 metric 4000000',
    '  add route 10.0.2.0/24 dev wireguard.cali table 1 metric 1024',
    'would make 0 changes to nftables and 0 changes to the node, and 9 changes for encryption; nothing was changed',
  ])
  const { nftables } = await planOf(node, { required: true }, driver)
  expect(nftables.map(formatChange)).toContain('add table inet margay-encryption')
  expect([node.kernel.steps, driver.batches, [...node.keys.stored]]).toEqual([[], [], []])
})

test('where an agent has done all, nothing', async () => {
  const node = new EncryptedNode()
  await node.desire({})
  expect(await linesOf(node, {})).toEqual(['nothing would be changed'])
})

test('of peers and routes five are shown, and of more how many', async () => {
  const node = new EncryptedNode()
  for (let index = 3; index < 10; index++)
    node.put(`n${index}`, `192.0.2.${index}`, `10.0.${index}.0/24`, {
      'projectcalico.org/WireguardPublicKey': keyOf(0x10 * index).publicKey,
    })
  const lines = await linesOf(node, {})
  expect(lines.filter((line) => line.includes('peer'))).toEqual([
    '  add peer b',
    ...[3, 4, 5, 6].map((index) => `  add peer n${index}`),
    '  add 3 more peers',
  ])
  expect(lines).toContain('  add 12 more routes')
})

test('what changes of a tunnel that is there', async () => {
  const node = new EncryptedNode()
  await node.desire({})
  node.put('b', '192.0.2.9', '10.0.2.0/24', { 'projectcalico.org/WireguardPublicKey': keyOf(0xbb).publicKey })
  node.endpoints = [pod('b', '10.9.0.1')]
  Object.assign(node.kernel.links[0] ?? {}, { mtu: 1300 })
  const lines = await linesOf(node, {})
  expect(lines).toContain('  change device wireguard.cali (MTU 1440 instead of 1300)')
  expect(lines).toContain('  add peer b')
  expect(lines.some((line) => line.startsWith('  remove peer with key '))).toBe(true)
  expect(lines).toContain('  add route 10.9.0.1/32 dev wireguard.cali table 1 metric 1024')
})

test('where encryption is off, what an agent left would go, and without that nothing', async () => {
  const node = new EncryptedNode()
  expect(await linesOf(node, { isOn: false })).toEqual(['nothing would be changed'])
  await node.desire({})
  const lines = await linesOf(node, { isOn: false })
  expect(lines).toContain('  remove device wireguard.cali with its key')
  expect(lines).toContain('  delete rule 99 of IPv4: not fwmark 0x200000/0x200000 lookup 1')
})

test('a device of somebody else is a problem, and the rest is planned', async () => {
  const node = new EncryptedNode()
  node.kernel.addLink('wireguard.cali', 5, 1500, [])
  const { problems, nftables } = await planOf(node, {})
  expect(problems).toEqual([
    'encryption over IPv4: there is a link wireguard.cali already that is none of WireGuard',
  ])
  expect(nftables.length).toBeGreaterThan(0)
})
