import { expect, test } from 'vitest'
import { defaultHostSettings, desiredHost, type HostSettings, type LocalEndpoint } from './desired-host.ts'
import type { DesiredSysctl } from './host-model.ts'

const settings = { ...defaultHostSettings, defaultRpFilter: '2' }
const pod: LocalEndpoint = { key: 'shop/web', interfaceName: 'cali1', addresses: ['10.0.0.1', 'fd00::1'] }

function desired(endpoints: readonly LocalEndpoint[], given: HostSettings, forwards = true) {
  return desiredHost({ endpoints, interfacePrefixes: ['cali'], forwards, removesExternalRoutes: true }, given)
}

function valuesOf(sysctls: readonly DesiredSysctl[] | undefined): Record<string, string> {
  return Object.fromEntries((sysctls ?? []).map(({ path, value }) => [path, value]))
}

function interfaceValues(endpoint: LocalEndpoint, rpFilter: string | undefined = '2') {
  const host = desired([endpoint], { ...settings, defaultRpFilter: rpFilter })
  return valuesOf(host.interfaces.get(endpoint.interfaceName)?.sysctls)
}

test('an interface of both families gets the settings of both', () => {
  expect(interfaceValues(pod)).toEqual({
    'net/ipv4/conf/cali1/route_localnet': '1',
    'net/ipv4/neigh/cali1/proxy_delay': '0',
    'net/ipv4/conf/cali1/proxy_arp': '1',
    'net/ipv4/conf/cali1/forwarding': '1',
    'net/ipv4/conf/cali1/rp_filter': '2',
    'net/ipv6/conf/cali1/proxy_ndp': '1',
    'net/ipv6/conf/cali1/forwarding': '1',
    'net/ipv6/conf/cali1/accept_ra': '0',
  })
})

test('no pod may advertise itself as a router, whatever its addresses are', () => {
  expect(interfaceValues({ ...pod, addresses: ['10.0.0.1'] })).toMatchObject({
    'net/ipv6/conf/cali1/accept_ra': '0',
  })
  expect(interfaceValues({ ...pod, addresses: ['10.0.0.1'] })).not.toHaveProperty(
    'net/ipv6/conf/cali1/proxy_ndp',
  )
  const onlyIpv6 = interfaceValues({ ...pod, addresses: ['fd00::1'] })
  expect(Object.keys(onlyIpv6).filter((path) => path.startsWith('net/ipv4'))).toEqual([])
})

test('the reverse path check is strict unless the node says otherwise, and off for further source prefixes', () => {
  const path = 'net/ipv4/conf/cali1/rp_filter'
  const unreadable = desired([pod], { ...defaultHostSettings, defaultRpFilter: undefined })
  expect(valuesOf(unreadable.interfaces.get('cali1')?.sysctls)[path]).toBe('1')
  expect(interfaceValues(pod, '0')[path]).toBe('0')
  expect(interfaceValues({ ...pod, allowedSourcePrefixes: ['192.0.2.0/24'] }, '1')[path]).toBe('0')
})

test('the node forwards, and IPv6 only once a pod has such an address', () => {
  expect(valuesOf(desired([], settings).sysctls)).toMatchObject({ 'net/ipv4/ip_forward': '1' })
  expect(valuesOf(desired([], settings).sysctls)).not.toHaveProperty('net/ipv6/conf/all/forwarding')
  expect(valuesOf(desired([pod], settings).sysctls)).toMatchObject({
    'net/ipv6/conf/all/forwarding': '1',
    'net/netfilter/nf_conntrack_acct': '1',
  })
  const off = valuesOf(desired([pod], settings, false).sysctls)
  expect(Object.keys(off).filter((path) => path.includes('forward'))).toEqual([])
})

test('connections taken up in their middle stay the administrator’s choice', () => {
  const paths = desired([pod], settings).sysctls.map(({ path }) => path)
  expect(paths.filter((path) => path.includes('tcp_loose'))).toEqual([])
})

test('an address that two endpoints claim goes to one of them, in whatever order they come, and is reported', () => {
  const other: LocalEndpoint = {
    key: 'shop/zoo',
    interfaceName: 'cali2',
    addresses: ['10.0.0.1', '10.0.0.2'],
  }
  for (const endpoints of [
    [pod, other],
    [other, pod],
  ]) {
    const host = desired(endpoints, settings)
    expect(host.interfaces.get('cali1')?.addresses).toEqual(['10.0.0.1', 'fd00::1'])
    expect(host.interfaces.get('cali2')?.addresses).toEqual(['10.0.0.2'])
    expect(host.problems).toEqual([
      'shop/zoo: address 10.0.0.1 is already that of shop/web; it gets no route to it',
    ])
  }
})
