import { describe, expect, test } from 'vitest'
import { formatTraffic, trafficParts } from './format-traffic.ts'
import { everyNumber, rectangle } from './region.ts'
import { Traffics } from './traffic.ts'

const traffics = new Traffics()
const tcp = (...ports: number[]) =>
  traffics.ofProtocol(
    6,
    rectangle(
      everyNumber,
      ports.map((port) => ({ min: port, max: port })),
    ),
  )
const fromPort = traffics.ofProtocol(17, rectangle([{ min: 53, max: 53 }], everyNumber))
const echo = traffics.ofProtocol(1, rectangle([{ min: 2048, max: 2048 }], everyNumber))
const twoTypes = traffics.ofProtocol(1, rectangle([{ min: 0x300, max: 0x4ff }], everyNumber))
const without = (it: typeof echo) => traffics.subtract(traffics.all, it)

describe('packets as a person reads them', () => {
  test.each([
    ['nothing', traffics.none, 'nothing'],
    ['everything', traffics.all, 'everything'],
    ['ports', tcp(80, 443), 'TCP 80, 443'],
    ['a range of ports', tcp(80, 81, 82), 'TCP 80:82'],
    ['a whole protocol', traffics.ofProtocol(17), 'UDP'],
    ['a protocol without a name', traffics.ofProtocol(47), 'protocol 47'],
    ['source ports', fromPort, 'UDP from port 53'],
    ['two protocols', traffics.unite(tcp(80), traffics.ofProtocol(17)), 'TCP 80; UDP'],
    ['a message', echo, 'ICMP 8/0'],
    ['messages of two types', twoTypes, 'ICMP 3, 4'],
    ['what is left out', without(tcp(25)), 'everything but TCP 25'],
    [
      'several that are left out',
      without(traffics.unite(tcp(25), echo)),
      'everything but ICMP 8/0 and TCP 25',
    ],
  ])('%s', (_name, it, text) => {
    expect(formatTraffic(it, 4, traffics)).toBe(text)
  })

  test('ICMP of the other IP version has no messages', () => {
    expect(formatTraffic(traffics.ofProtocol(1), 6, traffics)).toBe('ICMP')
  })
})

test('as a script reads it, all that is there stands there', () => {
  expect(trafficParts(without(tcp(25)), 4)).toEqual([
    { protocol: '0' },
    { protocol: 'ICMP' },
    { protocol: '2-5' },
    { protocol: 'TCP', ports: ['0:24', '26:65535'] },
    { protocol: '7-16' },
    { protocol: 'UDP' },
    { protocol: '18-57' },
    { protocol: 'ICMPv6' },
    { protocol: '59-131' },
    { protocol: 'SCTP' },
    { protocol: '133-135' },
    { protocol: 'UDPLite' },
    { protocol: '137-255' },
  ])
})
