import { describe, expect, test } from 'vitest'
import type { LabPod } from '../members.ts'
import { planProbe } from './plan-probe.ts'
import type { ProbeRequest } from './probe-request.ts'

const from: LabPod = {
  kind: 'pod',
  node: 'a',
  namespace: 'shop',
  name: 'web',
  ips: ['10.0.0.1', '10.0.0.2', 'fd00::1'],
  interfaceName: 'cali1',
  netns: 'n',
}
const tcp: ProbeRequest = { from, to: '10.0.0.9', protocol: 'TCP', port: 80 }

test('the source is the sender’s first address of the destination’s family', () => {
  expect(planProbe(tcp)).toMatchObject({
    family: 4,
    source: '10.0.0.1',
    protocol: 6,
    port: 80,
    sourcePort: undefined,
  })
  expect(planProbe({ ...tcp, to: 'fd00::9' })).toMatchObject({ family: 6, source: 'fd00::1' })
  expect(planProbe({ ...tcp, sourceIp: '10.0.0.2' })).toMatchObject({ source: '10.0.0.2' })
})

test('a number means the same as the name', () => {
  for (const [name, number] of [
    ['TCP', 6],
    ['UDP', 17],
    ['SCTP', 132],
    ['UDPLite', 136],
  ] as const) {
    expect(planProbe({ ...tcp, protocol: number })).toEqual(planProbe({ ...tcp, protocol: name }))
  }
})

test('ICMP is an echo request unless a type is given, and has no port', () => {
  expect(planProbe({ from, to: '10.0.0.9', protocol: 'ICMP', port: 7 })).toMatchObject({
    icmpType: 8,
    icmpCode: 0,
    port: 0,
  })
  expect(planProbe({ from, to: 'fd00::9', protocol: 'ICMPv6' })).toMatchObject({ icmpType: 128 })
  expect(planProbe({ from, to: '10.0.0.9', protocol: 'ICMP', icmpType: 0 })).toMatchObject({ icmpType: 0 })
})

test('an echo request awaits its answer; with a witness, who asks for it does, where there can be one', () => {
  const waits = (request: Partial<ProbeRequest>) => planProbe({ ...tcp, ...request }).awaitsAnswer
  expect(waits({ protocol: 'ICMP' })).toBe(true)
  expect(waits({ protocol: 'ICMP', icmpType: 13 })).toBe(false)
  expect(waits({ protocol: 'UDP' })).toBe(false)
  const witness = { ...from, netns: 'w' }
  expect(planProbe({ ...tcp, witness })).toMatchObject({ witness: 'w', awaitsAnswer: false })
  expect(waits({ protocol: 'ICMP', witness })).toBe(false)
  for (const protocol of ['ICMP', 'UDP'] as const)
    expect(waits({ protocol, witness, awaitsAnswer: true })).toBe(true)
  expect(waits({ witness, awaitsAnswer: true })).toBe(false)
})

describe('a request that makes no sense is refused by field', () => {
  test.each<[Partial<ProbeRequest>, string]>([
    [{ to: '10.0.0.9/32' }, 'to: "10.0.0.9/32" is not an IP address'],
    [{ protocol: 0 }, 'protocol: 0 is not'],
    [{ protocol: 255 }, 'protocol: 255 is not'],
    [{ protocol: 'ICMP', to: 'fd00::9' }, 'protocol: ICMP can’t go to an IPv6 address'],
    [{ protocol: 58 }, 'protocol: 58 can’t go to an IPv4 address'],
    [{ port: 65536 }, 'port: 65536 is not'],
    [{ port: 1.5 }, 'port: 1.5 is not'],
    [{ sourcePort: 0 }, 'sourcePort: 0 is not'],
    [{ sourceIp: 'fd00::1' }, 'sourceIp: "fd00::1" is not an IPv4 address'],
    [{ from: { ...from, ips: ['fd00::1'] } }, 'from: pod shop/web has no IPv4 address'],
    [{ icmpType: 256 }, 'icmpType: 256 is not'],
    [{ timeoutMs: 0 }, 'timeoutMs: 0 is not'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs: NaN is not'],
  ])('%o', (change, message) => {
    expect(() => planProbe({ ...tcp, ...change })).toThrow(message)
  })

  test('a missing port', () => {
    expect(() => planProbe({ from, to: '10.0.0.9', protocol: 'SCTP' })).toThrow(
      'port: is required for this protocol',
    )
  })
})
