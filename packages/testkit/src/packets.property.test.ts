import { parseIp } from '@margay/netset'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { smallCast } from './cast.ts'
import { type Packet, packetLists, packets } from './packets.ts'

const packet = packets(smallCast)
const memberAt = (ip: string) =>
  [...smallCast.seats, ...smallCast.strangers, ...smallCast.nodes].find((it) => it.addresses.includes(ip))
const seatAt = (ip: string) => smallCast.seats.find((it) => it.addresses.includes(ip))

test('both ends are of the cast and of one family, and one is a pod', () => {
  const holds = fc.property(packet, ({ sourceIp, destinationIp }) => {
    expect([memberAt(sourceIp), memberAt(destinationIp)]).not.toContain(undefined)
    expect(parseIp(sourceIp)?.version).toBe(parseIp(destinationIp)?.version)
    expect([seatAt(sourceIp), seatAt(destinationIp)].some((seat) => seat !== undefined)).toBe(true)
  })
  fc.assert(holds, { numRuns: 1000 })
})

test('none goes between a pod and its own node, of which policy says nothing', () => {
  const holds = fc.property(packet, ({ sourceIp, destinationIp }) => {
    expect(seatAt(sourceIp)?.node ?? '').not.toBe(memberAt(destinationIp)?.name)
    expect(seatAt(destinationIp)?.node ?? '').not.toBe(memberAt(sourceIp)?.name)
  })
  fc.assert(holds, { numRuns: 1000 })
})

test('ports, types and codes are there for the protocols that have them', () => {
  const holds = fc.property(packet, ({ protocol, sourcePort, destinationPort, icmp }) => {
    const hasPorts = [6, 17, 132, 136].includes(protocol)
    expect([sourcePort !== undefined, destinationPort !== undefined]).toEqual([hasPorts, hasPorts])
    expect(icmp !== undefined).toBe([1, 58].includes(protocol))
  })
  fc.assert(holds)
})

test('in a list, no packet is another one or its reply', () => {
  const connection = ({ protocol, sourceIp, destinationIp, sourcePort, destinationPort }: Packet) =>
    JSON.stringify([protocol, ...[`${sourceIp} ${sourcePort}`, `${destinationIp} ${destinationPort}`].sort()])
  const holds = fc.property(packetLists(smallCast, { minLength: 50, maxLength: 100 }), (list) => {
    expect(new Set(list.map(connection)).size).toBe(list.length)
  })
  fc.assert(holds)
})
