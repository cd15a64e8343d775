/** Bytes that are almost a message of the kernel: they are read, or refused as what they are. */
import { NetlinkDecodeError, readMessages } from '@margay/netlink'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeConnection } from '../../packages/netlink/src/conntrack/connections.ts'
import { decodeQdisc } from '../../packages/netlink/src/route/qdiscs.ts'
import {
  bytesOf,
  conntrackMessages,
  routeMessages,
  trafficMessages,
} from '../../packages/netlink/src/route/recorded-messages.testkit.ts'
import { decodeRedirect } from '../../packages/netlink/src/route/redirects.ts'
import { decodeRouteEvent } from '../../packages/netlink/src/route/route-events.ts'
import { damaged, fuzzOptions, fuzzTimeout } from './support/mutate.ts'

const pieces = [
  Uint8Array.of(0, 0, 0, 0),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(4, 0, 1, 0),
  Uint8Array.of(8, 0, 4, 0, 2, 0, 0, 0),
  Uint8Array.of(3, 0, 1, 0x80),
]
const { route, conntrack } = { route: seedsOf(routeMessages), conntrack: seedsOf(conntrackMessages) }

function seedsOf(messages: Readonly<Record<string, string>>): Uint8Array[] {
  return Object.values(messages).map(bytesOf)
}

/** The header's length is set right, so that damage is met where attributes are read. */
function withLength(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 16) return bytes
  const copy = Uint8Array.from(bytes)
  new DataView(copy.buffer).setUint32(0, copy.length, true)
  return copy
}

function expectReadOrRefused(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(NetlinkDecodeError)
  }
}

test('the seeds are valid', () => {
  for (const seed of route) expect(readMessages(seed).map(decodeRouteEvent)).toEqual([expect.anything()])
  for (const seed of conntrack)
    expect(readMessages(seed).map(({ payload }) => decodeConnection(payload))).toEqual([expect.anything()])
})

test(
  'a damaged message of routing is read or refused',
  () => {
    const property = fc.property(damaged(route, pieces), (bytes) =>
      expectReadOrRefused(() => readMessages(withLength(bytes)).map(decodeRouteEvent)),
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

test(
  'a damaged message of connections is read or refused',
  () => {
    const property = fc.property(damaged(conntrack, pieces), (bytes) =>
      expectReadOrRefused(() =>
        readMessages(withLength(bytes)).map(({ payload }) => decodeConnection(payload)),
      ),
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

test(
  'a damaged message of traffic control is read or refused',
  () => {
    const property = fc.property(damaged(seedsOf(trafficMessages), pieces), (bytes) =>
      expectReadOrRefused(() =>
        readMessages(withLength(bytes)).map(({ payload }) => [decodeQdisc(payload), decodeRedirect(payload)]),
      ),
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)
