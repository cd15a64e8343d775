/** Every sentence of spec/dataplane.md 1.10 on which host endpoint governs which interface. */
import { parseIp } from '@margay/netset'
import { expect, test } from 'vitest'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import { resolveHostEndpoints } from './resolve-host-endpoints.ts'

const ip = (text: string) => parseIp(text) ?? expect.fail(text)
const named = (key: string, interfaceName: string, ...expected: string[]) =>
  endpoint(key, { interfaceName, expectedAddresses: expected.map(ip) })
const expecting = (key: string, ...expected: string[]) =>
  endpoint(key, { expectedAddresses: expected.map(ip) })

function endpoint(key: string, fields: Partial<HostEndpoint>): HostEndpoint {
  const empty = { labels: new Map(), expectedAddresses: [], profiles: [], ports: [] }
  return { key, node: 'n1', interfaceName: undefined, ...empty, ...fields }
}

const interfaces = [
  { name: 'eth0', addresses: [ip('10.0.0.1'), ip('fd00::1')] },
  { name: 'eth1', addresses: [ip('10.0.1.1'), ip('10.0.0.9')] },
  { name: 'lo', addresses: [ip('127.0.0.1')] },
  { name: 'cali123', addresses: [ip('169.254.1.1')] },
]

/** As `eth0=a`, and `*=a` for the rest. */
function governed(...hostEndpoints: HostEndpoint[]): string[] {
  const { byInterface, wildcard } = resolveHostEndpoints(hostEndpoints, 'n1', interfaces, ['cali', 'tap'])
  const own = [...byInterface].map(([name, { key }]) => `${name}=${key}`)
  return wildcard === undefined ? own : [...own, `*=${wildcard.key}`]
}

test.each([
  ['nobody governs where nobody claims', [], []],
  ['one with a name governs that interface', [named('a', 'eth1')], ['eth1=a']],
  [
    'one with a name governs no other interface that has its address',
    [named('a', 'eth1', '10.0.0.1')],
    ['eth1=a'],
  ],
  [
    'one with a name governs it also if it has none of its addresses',
    [named('a', 'eth0', '192.0.2.1')],
    ['eth0=a'],
  ],
  ['one without a name governs where an address is', [expecting('a', '192.0.2.1', 'fd00::1')], ['eth0=a']],
  [
    'one without a name governs several interfaces',
    [expecting('a', '10.0.1.1', '10.0.0.1')],
    ['eth0=a', 'eth1=a'],
  ],
  ['one whose address nobody has governs nothing', [expecting('a', '192.0.2.1')], []],
  ['the smallest name wins: by name', [named('b', 'eth0'), named('a', 'eth0')], ['eth0=a']],
  [
    'the smallest name wins: by address before by name',
    [named('b', 'eth0'), expecting('a', '10.0.0.1')],
    ['eth0=a'],
  ],
  [
    'the smallest name wins: by name before by address',
    [expecting('b', '10.0.0.1'), named('a', 'eth0')],
    ['eth0=a'],
  ],
  [
    'who loses one interface may govern another',
    [expecting('b', '10.0.0.1', '10.0.1.1'), named('a', 'eth0')],
    ['eth0=a', 'eth1=b'],
  ],
  ['of several for all interfaces the smallest name wins', [named('b', '*'), named('a', '*')], ['*=a']],
  ['one for all takes no interface from others', [named('a', '*'), named('b', 'eth0')], ['eth0=b', '*=a']],
  ['one for all does not govern by its addresses', [named('a', '*', '10.0.0.1')], ['*=a']],
  ['interfaces of workloads are nobody else’s', [named('a', 'cali123'), expecting('b', '169.254.1.1')], []],
  [
    'host endpoints of other nodes govern nothing here',
    [
      { ...named('a', 'eth0'), node: 'n2' },
      { ...named('b', '*'), node: 'n2' },
    ],
    [],
  ],
])('%s', (_, hostEndpoints, want) => expect(governed(...hostEndpoints)).toEqual(want))
