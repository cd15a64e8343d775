import { formatCidr } from '@margay/netset'
import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import { pod } from '../reference/cases/objects.testkit.ts'
import { buildPolicyState } from '../state/build-state.ts'
import { parseQuantity } from './parse-quantity.ts'

const qos = 'qos.projectcalico.org/'
const sources = 'cni.projectcalico.org/allowedSourcePrefixes'

function read(annotations: Record<string, string>) {
  const { state, objectProblems } = buildPolicyState(
    admitAll([pod('shop', 'web', { metadata: { annotations } })]),
  )
  const { limits, allowedSourcePrefixes } = state.endpoints.get('shop/web') ?? expect.fail()
  return { limits, sources: allowedSourcePrefixes.map(formatCidr), objectProblems }
}
const none = { packetRate: undefined, maxConnections: undefined, bandwidth: undefined }

test('a pod without annotations has no limits', () => {
  expect(read({ other: '1' })).toEqual({ limits: undefined, sources: [], objectProblems: [] })
})

test('every limit is read, each direction by itself', () => {
  const { limits, objectProblems } = read({
    [`${qos}ingressPacketRate`]: '1k',
    [`${qos}ingressMaxConnections`]: '4294967295',
    [`${qos}egressPacketRate`]: '10',
    [`${qos}egressPacketBurst`]: '20',
    [`${qos}egressBandwidth`]: '10M',
    [`${qos}egressBurst`]: '1Gi',
    [`${qos}egressPeakrate`]: '20M',
    [`${qos}egressMinburst`]: '1500',
  })
  expect(objectProblems).toEqual([])
  expect(limits).toEqual({
    ingress: { ...none, packetRate: { packetsPerSecond: 1000, burst: 5 }, maxConnections: 4_294_967_295 },
    egress: {
      packetRate: { packetsPerSecond: 10, burst: 20 },
      maxConnections: undefined,
      bandwidth: {
        bitsPerSecond: 1e7,
        burstBits: 2 ** 30,
        peak: { bitsPerSecond: 2e7, minBurstBytes: 1500 },
      },
    },
  })
})

test('bandwidth may be said as other networks do, and Calico’s wins', () => {
  const bits = (more: Record<string, string>) =>
    read({ 'kubernetes.io/ingress-bandwidth': '5M', ...more }).limits?.ingress.bandwidth
  expect(bits({})).toEqual({ bitsPerSecond: 5e6, burstBits: 2 ** 32, peak: undefined })
  expect(bits({ [`${qos}ingressBandwidth`]: '7M' })?.bitsPerSecond).toBe(7e6)
})

test.each([
  ['ingressPacketRate', '0'],
  ['ingressPacketRate', '10001'],
  ['egressPacketBurst', 'many'],
  ['ingressMaxConnections', '4294967296'],
  ['egressMaxConnections', '-1'],
  ['egressBandwidth', '999'],
  ['egressBandwidth', '2P'],
  ['ingressBurst', '34359738361'],
  ['ingressPeakrate', '1M'],
  ['ingressMinburst', '999'],
])('%s may not be %s: it is reported, and the rest holds', (name, value) => {
  const others = {
    [`${qos}ingressBandwidth`]: '1M',
    [`${qos}egressMaxConnections`]: '7',
    [`${qos}${name}`]: value,
  }
  const { limits, objectProblems } = read(others)
  expect(objectProblems).toEqual([
    { object: 'Pod shop/web', message: expect.stringMatching(`^${qos}${name}: must be a number from`) },
  ])
  expect(limits?.ingress.bandwidth?.bitsPerSecond).toBe(1e6)
  expect(limits?.egress.maxConnections).toBe(name === 'egressMaxConnections' ? undefined : 7)
})

test('what needs another value has no effect without it', () => {
  const { limits, objectProblems } = read({
    [`${qos}ingressPacketBurst`]: '9',
    [`${qos}ingressBurst`]: '1M',
    [`${qos}ingressPeakrate`]: '1M',
    [`${qos}ingressMinburst`]: '1M',
  })
  expect({ limits, objectProblems }).toEqual({ limits: undefined, objectProblems: [] })
})

test('source prefixes are a list of networks, of which a bad one is left out', () => {
  expect(read({ [sources]: '["10.0.0.0/8", "192.0.2.1", "fd00::/8", "nonsense", 7]' })).toEqual({
    limits: undefined,
    sources: ['10.0.0.0/8', '192.0.2.1/32', 'fd00::/8'],
    objectProblems: [
      { object: 'Pod shop/web', message: `${sources}: "nonsense" is not a network` },
      { object: 'Pod shop/web', message: `${sources}: 7 is not a network` },
    ],
  })
})

test.each(['10.0.0.0/8', '{}', '["10.0.0.0/8"'])('source prefixes may not be %s', (text) => {
  const { sources: read_, objectProblems } = read({ [sources]: text })
  expect(read_).toEqual([])
  expect(objectProblems).toHaveLength(1)
})

test.each([
  ['10', 10],
  ['1.5k', 1500],
  ['.5k', 500],
  ['2Ki', 2048],
  ['1e3', 1000],
  ['1E', 1e18],
  ['1500m', 2],
  ['', undefined],
  ['k', undefined],
  ['1kk', undefined],
  ['-1', undefined],
  ['0x10', undefined],
])('the quantity %s is %s', (text, number) => expect(parseQuantity(text)).toBe(number))
