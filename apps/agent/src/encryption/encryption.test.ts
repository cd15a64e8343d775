import type { Batch } from '@margay/dataplane'
import { formatElement } from '@margay/netlink/nftables'
import { expect, test } from 'vitest'
import { EncryptedNode, ownKey, pod } from './encryption.testkit.ts'
import { keyOf } from './tunnel-keeper.testkit.ts'

async function running(): Promise<EncryptedNode> {
  const node = new EncryptedNode()
  await node.desire({})
  return node
}

const elements = (batches: readonly Batch[]) =>
  batches
    .flat()
    .flatMap((change) =>
      change.do === 'add-elements' ? [...change.elements].map((it) => formatElement(change.set, it)) : [],
    )

test('the guard is in force before anything is done for a tunnel', async () => {
  const { kernel } = await running()
  expect(kernel.steps[0]).toBe('guard: add-table')
})

test('packets are led into the tunnel once the API tells the own key, which its peers then can know', async () => {
  const node = await running()
  const { kernel } = node
  expect(node.published).toEqual({ ipv4: ownKey, ipv6: undefined })
  const led = kernel.steps.findIndex((step) => step.startsWith('add route 1: Unicast 10.0.2.0/24'))
  expect(kernel.steps.indexOf('publish')).toBeGreaterThan(kernel.steps.indexOf('tell its key'))
  expect(led).toBeGreaterThan(kernel.steps.indexOf('publish'))
  // Where packets went around it before, the route is another one; IPv6 would take the new one for the old one.
  expect(node.routeTo('10.0.2.0/24')).toBe('Unicast')
})

test('where the guard is refused, no tunnel is changed; it is told once and tried again', async () => {
  const node = new EncryptedNode()
  node.driver.failures = 3
  await node.desire({ required: true })
  expect(node.kernel.steps).toEqual([])
  expect(node.encryption.problems).toEqual(['guard of encryption: nftables: busy'])
  await node.clock.advance(2500)
  expect(node.kernel.steps).toEqual([])
  expect(node.lines).toEqual(['guard of encryption: nftables: busy; trying again'])
  await node.clock.advance(1000)
  await node.settled()
  expect(node.kernel.steps[0]).toBe('guard: add-table')
  expect(node.kernel.steps).toContain('add device wireguard.cali')
  expect(node.encryption.problems).toEqual([])
})

test('a tunnel that is there stays as it is while a new guard is refused', async () => {
  const node = await running()
  const before = node.kernel.steps.length
  node.driver.failures = 1
  await node.desire({ required: true, exempt: ['10.0.2.0/24'] })
  expect(node.kernel.steps.slice(before)).toEqual([])
  await node.clock.advance(1100)
  await node.settled()
  expect(node.routeTo('10.0.2.0/24')).toBe('Throw')
})

test('what somebody does to the guard is told and mended', async () => {
  const node = await running()
  const before = node.driver.batches.length
  node.driver.tamper('nft (process 7)')
  await node.settled()
  expect(node.lines).toContain('nft (process 7) changed table margay-encryption; it is mended')
  expect(node.driver.batches.length).toBeGreaterThan(before)
})

test('both keys are published, and taken back where encryption is off', async () => {
  const node = new EncryptedNode()
  await node.desire({ isOnV6: true })
  const { ipv4, ipv6 } = node.published
  expect([ipv4, ipv6].toSorted()).toEqual([ownKey, keyOf(2).publicKey].toSorted())
  await node.desire({ isOnV6: false })
  expect(node.published).toEqual({ ipv4, ipv6: undefined })
  await node.desire({ isOn: false })
  expect(node.published).toEqual({ ipv4: undefined, ipv6: undefined })
  expect(node.nodes.get('a')?.metadata.annotations).toEqual({ 'projectcalico.org/other': 'stays' })
})

test('a pod outside of the block of its node is led to, and not any more when it is gone', async () => {
  const node = await running()
  const stray = pod('b', '10.9.0.1')
  await node.desire({}, [stray, pod('b', '10.0.2.7')])
  expect([node.routeTo('10.9.0.1/32'), node.routeTo('10.0.2.7/32')]).toEqual(['Unicast', undefined])
  await node.desire({}, [], [stray])
  expect(node.routeTo('10.9.0.1/32')).toBeUndefined()
})

test('pods of whose changes it was not told are counted anew', async () => {
  const node = await running()
  const stray = pod('b', '10.9.0.1')
  await node.desire({}, [stray])
  node.endpoints = [pod('b', '10.9.0.2')]
  await node.desire({}, [], [], true)
  expect([node.routeTo('10.9.0.1/32'), node.routeTo('10.9.0.2/32')]).toEqual([undefined, 'Unicast'])
})

test('a node that gets another block has its pods counted anew', async () => {
  const node = await running()
  await node.desire({}, [pod('b', '10.0.2.7')])
  node.put('b', '192.0.2.2', '10.0.3.0/24', node.nodes.get('b')?.metadata.annotations)
  await node.nodesChanged()
  expect([node.routeTo('10.0.2.7/32'), node.routeTo('10.0.2.0/24')]).toEqual(['Unicast', undefined])
})

test('a node that leaves is no peer any more', async () => {
  const node = await running()
  node.nodes.delete('b')
  await node.nodesChanged()
  expect((await node.kernel.wireguard('wireguard.cali').read()).peers).toEqual([])
  expect(node.routeTo('10.0.2.0/24')).toBeUndefined()
})

test('where encryption is required, a pool that comes is guarded, though no pod is known there', async () => {
  const node = new EncryptedNode()
  await node.desire({ required: true })
  node.pool('more', '10.8.0.0/16')
  const before = node.driver.batches.length
  await node.desire({ required: true })
  expect(elements(node.driver.batches.slice(before))).toEqual(['10.8.0.0/16'])
})

test('required without any device, everything that would have to be encrypted is dropped', async () => {
  const node = new EncryptedNode()
  await node.desire({ isOn: false, required: true })
  expect(elements(node.driver.batches)).toEqual(['10.0.1.0/24', '10.0.2.0/24'])
  expect(node.kernel.steps.filter((step) => step.includes('device'))).toEqual([])
})

test('off, nothing is there and nothing is done', async () => {
  const node = new EncryptedNode()
  await node.desire({ isOn: false })
  await node.nodesChanged()
  expect(node.kernel.steps).toEqual([])
})

test('a node tells why its key can not be told', async () => {
  const node = new EncryptedNode()
  node.nodes.delete('a')
  await node.desire({})
  expect(node.encryption.problems).toEqual(["the API has no node a: its peers can't know its key"])
})

test('stopped, everything stays as it is', async () => {
  const node = await running()
  const before = node.kernel.steps.length
  await node.encryption.stop()
  node.kernel.kill('wireguard.cali')
  node.driver.tamper('nft (process 7)')
  await node.settled()
  await node.clock.advance(60_000)
  expect(node.kernel.steps.slice(before)).toEqual([])
})
