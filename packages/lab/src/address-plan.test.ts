import { expect, test } from 'vitest'
import { hostSideMac, maximumNodes, nodeAddresses, podGateways, podMac } from './address-plan.ts'
import { encodeIp, familyOf } from './syscalls/sockaddr.ts'

test('every node has an IPv4 and an IPv6 address of its own', () => {
  const addresses = Array.from({ length: maximumNodes }, (_, index) => nodeAddresses(index + 1)).flat()
  expect(new Set(addresses).size).toBe(2 * maximumNodes)
  expect(addresses.map(familyOf)).toEqual(addresses.map((_, index) => (index % 2 === 0 ? 4 : 6)))
  expect(nodeAddresses(300)).toEqual(['198.18.1.44', 'fd6d:6172:6761:7900::12c'])
})

test.each([0, maximumNodes + 1, 1.5])('there is no node number %d', (index) => {
  expect(() => nodeAddresses(index)).toThrow(RangeError)
})

test('pods have unicast, locally administered link-layer addresses, all different', () => {
  const macs = [0, 1, 255, 256, 65536, 2 ** 32 - 1].map(podMac)
  expect(macs[0]).toBe('02:6d:00:00:00:00')
  expect(macs[5]).toBe('02:6d:ff:ff:ff:ff')
  expect(new Set(macs).size).toBe(macs.length)
})

test('the IPv6 gateway is the EUI-64 address of the host side', () => {
  const mac = Buffer.from(hostSideMac.replaceAll(':', ''), 'hex')
  mac.writeUInt8(mac.readUInt8(0) ^ 2, 0)
  const interfaceId = Buffer.concat([mac.subarray(0, 3), Buffer.from([0xff, 0xfe]), mac.subarray(3)])
  expect(encodeIp(podGateways.ipv6).subarray(8)).toEqual(interfaceId)
})
