import { describe, expect, test } from 'vitest'
import { type Connection, decodeConnection } from '../conntrack/connections.ts'
import { Span } from '../message/attributes.ts'
import { MessageWriter } from '../message/message-writer.ts'
import { readMessages } from '../message/messages.ts'
import * as rt from './constants.ts'
import { linkHeader } from './header.ts'
import { decodeLink } from './links.ts'
import { decodeQdisc } from './qdiscs.ts'
import { bytesOf, conntrackMessages, routeMessages, trafficMessages } from './recorded-messages.testkit.ts'
import { decodeRedirect } from './redirects.ts'
import { decodeRouteEvent, type RouteEvent } from './route-events.ts'

function eventOf(name: keyof typeof routeMessages): RouteEvent | undefined {
  const [message] = readMessages(bytesOf(routeMessages[name]))
  return message === undefined ? undefined : decodeRouteEvent(message)
}

function connectionOf(name: keyof typeof conntrackMessages): Connection | undefined {
  const [message] = readMessages(bytesOf(conntrackMessages[name]))
  return message === undefined ? undefined : decodeConnection(message.payload)
}

const plainRoute = { metric: 0, gateway: undefined, source: undefined, nextHops: [] }

describe('recorded messages', () => {
  test('routes', () => {
    expect(eventOf('route to a host')).toEqual({
      kind: 'Route',
      happening: 'New',
      route: {
        ...plainRoute,
        family: 4,
        destination: '10.0.0.1/32',
        table: 254,
        protocol: 3,
        scope: 253,
        type: 'Unicast',
        index: 2,
      },
    })
    expect(eventOf('route that throws')).toMatchObject({
      route: { destination: '10.8.0.0/16', type: 'Throw', table: 1000, index: undefined },
    })
    expect(eventOf('route by a gateway of IPv6')).toMatchObject({
      route: { destination: '0.0.0.0/0', gateway: 'fd01::2', index: 2 },
    })
    expect(eventOf('route with next hops')).toMatchObject({
      route: {
        index: undefined,
        nextHops: [
          { index: 2, gateway: '10.1.0.2', weight: 3 },
          { index: 2, gateway: '10.1.0.3', weight: 1 },
        ],
      },
    })
    expect(eventOf('route of IPv6 with next hops')).toMatchObject({
      route: {
        destination: 'fd07::/64',
        metric: 1024,
        nextHops: [{ gateway: 'fd01::2' }, { gateway: 'fd01::3' }],
      },
    })
  })

  test('rules', () => {
    expect(eventOf('rule for a mark, inverted')).toMatchObject({
      kind: 'Rule',
      rule: {
        priority: 99,
        table: 1000,
        mark: { value: 0x200000, mask: 0x200000 },
        isInverted: true,
        protocol: 77,
      },
    })
    expect(eventOf('rule of IPv6 between networks')).toMatchObject({
      rule: {
        family: 6,
        source: 'fd01::/64',
        destination: 'fd02::/64',
        inputInterface: 'c1',
        suppressedPrefixLength: 0,
        isInverted: false,
        mark: undefined,
      },
    })
  })

  test('addresses and neighbours', () => {
    expect(eventOf('address with a peer of the network')).toMatchObject({
      kind: 'Address',
      address: { address: '10.9.0.1', peer: '10.9.0.2', prefixLength: 32, label: 'c1' },
    })
    expect(eventOf('address of IPv6')).toMatchObject({
      address: { address: 'fd01::1', peer: undefined, prefixLength: 64, flags: 0x82 },
    })
    expect(eventOf('neighbour that is permanent')).toMatchObject({
      kind: 'Neighbour',
      neighbour: {
        index: 2,
        address: '10.0.0.1',
        mac: '02:6d:00:00:00:01',
        isPermanent: true,
        isProxy: false,
      },
    })
    expect(eventOf('proxy entry')).toMatchObject({
      neighbour: { index: 2, address: 'fd00::9', mac: undefined, isProxy: true },
    })
  })

  test('settings that changed tell of which link', () => {
    expect(eventOf('settings of a link')).toEqual({ kind: 'Settings', index: 2 })
    expect(eventOf('settings of all')).toEqual({ kind: 'Settings', index: undefined })
  })

  test('traffic control', () => {
    const payloads = Object.values(trafficMessages).flatMap((message) => readMessages(bytesOf(message)))
    const [bucket, redirect] = payloads.map(({ payload }) => payload)
    expect(bucket && decodeQdisc(bucket)).toMatchObject({
      handle: 0x4d470000,
      parent: rt.TC_H_ROOT,
      kind: 'tbf',
      bucket: { bytesPerSecond: 1e10, peakBytesPerSecond: 2e10, limitBytes: 20_000 },
    })
    expect(redirect && decodeRedirect(redirect)).toBeGreaterThan(0)
  })

  test('connections', () => {
    expect(connectionOf('translated TCP')).toMatchObject({
      family: 4,
      original: {
        source: '10.1.0.1',
        destination: '10.96.0.1',
        protocol: 6,
        ports: { source: 42304, destination: 80 },
      },
      reply: { source: '10.1.0.1', destination: '10.1.0.1', ports: { source: 8080, destination: 42304 } },
      tcpState: 3,
      isAssured: true,
      hasReplies: true,
      counters: { original: { packets: 3n, bytes: 264n }, reply: { packets: 2n, bytes: 112n } },
    })
    expect(connectionOf('ICMP')).toMatchObject({
      original: { protocol: 1, ports: undefined, icmp: { type: 8, code: 0, id: 1 } },
      reply: { icmp: { type: 0 } },
    })
    expect(connectionOf('UDP over IPv6')).toMatchObject({
      family: 6,
      original: { source: 'fd01::1', protocol: 17, ports: { destination: 53 } },
      hasReplies: false,
      counters: { original: { packets: 1n }, reply: { packets: 0n } },
    })
  })
})

test('a link tells of the other end and of the namespace that it is in', () => {
  const writer = new MessageWriter()
  writer.raw(linkHeader({ index: 7, flags: rt.IFF_UP }))
  writer.string(rt.IFLA_IFNAME, 'cali1')
  writer.u32(rt.IFLA_MTU, 1500)
  writer.attribute(rt.IFLA_ADDRESS, Uint8Array.of(0xee, 0xee, 0xee, 0xee, 0xee, 1))
  writer.u8(rt.IFLA_OPERSTATE, 6)
  writer.u32(rt.IFLA_LINK, 3)
  writer.u32(rt.IFLA_LINK_NETNSID, 0)
  writer.nested(rt.IFLA_LINKINFO, () => writer.string(rt.IFLA_INFO_KIND, 'veth'))
  expect(decodeLink(Span.of(writer.bytes))).toEqual({
    index: 7,
    name: 'cali1',
    kind: 'veth',
    mac: 'ee:ee:ee:ee:ee:01',
    mtu: 1500,
    flags: 1,
    isUp: true,
    isRunning: false,
    operationalState: 'Up',
    master: undefined,
    lower: 3,
    lowerNamespace: 0,
  })
})
