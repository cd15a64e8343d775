import { formatIp } from '@margay/netset'
import { parseDnsServer, type ResourceObject } from '@margay/resources'
import { expect, test } from 'vitest'
import { TrustedServers, trustedServersOf } from './trusted-servers.ts'

function slice(
  service: string,
  addresses: string[],
  ports: object[],
  namespace = 'kube-system',
): ResourceObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${service}-1`, labels: { 'kubernetes.io/service-name': service } },
    addressType: addresses[0]?.includes(':') === true ? 'IPv6' : 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address] })),
    ports,
  } as ResourceObject
}

const dns = [
  { name: 'dns', protocol: 'UDP', port: 53 },
  { name: 'dns-tcp', protocol: 'TCP', port: 53 },
  { name: 'metrics', protocol: 'TCP', port: 9153 },
]

function trusted(texts: string[], ...slices: ResourceObject[]): string[] {
  const trustedServers = texts.map((text) => parseDnsServer(text) ?? expect.fail(text))
  return trustedServersOf({ trustedServers }, slices).map(
    ({ address, port }) => `${formatIp(address)} ${port}`,
  )
}

test('of a service they are those that its slices list, at the ports of UDP', () => {
  const slices = [
    slice('kube-dns', ['10.65.2.5', '10.65.1.5'], dns),
    slice('kube-dns', ['fd65::5'], [{ protocol: 'UDP', port: 5353 }]),
    slice('kube-dns', ['10.65.9.9'], dns, 'somebody'),
    slice('other', ['10.65.9.8'], dns),
  ]
  expect(trusted(['k8s-service:kube-dns'], ...slices)).toEqual([
    '10.65.1.5 53',
    '10.65.2.5 53',
    'fd65::5 5353',
  ])
  expect(trusted(['k8s-service:somebody/kube-dns'], ...slices)).toEqual(['10.65.9.9 53'])
})

test('an address counts with its port, once, and in any order the same', () => {
  const texts = ['10.0.0.10', '[fd00::10]:5353', '10.0.0.10:53', '9.9.9.9:5300']
  const expected = ['10.0.0.10 53', '9.9.9.9 5300', 'fd00::10 5353'].sort()
  expect(trusted(texts).sort()).toEqual(expected)
  expect(trusted(texts.toReversed())).toEqual(trusted(texts))
})

test('a service that is not there names nobody', () => {
  expect(trusted(['k8s-service:kube-dns'])).toEqual([])
  expect(trusted(['k8s-service:kube-dns'], slice('kube-dns', ['10.65.2.5'], []))).toEqual([])
})

test('slices are read again where one of a trusted service is another, and for no other change', () => {
  const settings = { trustedServers: [parseDnsServer('k8s-service:kube-dns') ?? expect.fail()] }
  const trusted = new TrustedServers()
  let [slices, reads] = [[slice('kube-dns', ['10.65.1.5'], dns)], 0]
  const addresses = () =>
    trusted
      .of(settings, () => {
        reads++
        return slices
      })
      .map(({ address }) => formatIp(address))
  expect(addresses()).toEqual(['10.65.1.5'])
  trusted.sliceChanged(slice('web', ['10.65.7.7'], dns))
  trusted.sliceChanged(slice('kube-dns', ['10.65.7.7'], dns, 'somebody'))
  expect([addresses(), reads]).toEqual([['10.65.1.5'], 1])
  slices = [slice('kube-dns', ['10.65.2.5'], dns)]
  trusted.sliceChanged(slices[0] ?? expect.fail())
  expect([addresses(), reads]).toEqual([['10.65.2.5'], 2])
})
