import { formatCidr } from '@margay/netset'
import { admitAll } from '@margay/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { felixConfiguration, installation, ipPool } from '../reference/cases/objects.testkit.ts'
import { buildPolicyState } from '../state/build-state.ts'

type Given = Parameters<typeof admitAll>[0]
const settings = (...given: Given) => buildPolicyState(admitAll(given)).state.settingsOf('n1')
const encryption = (...given: Given) => settings(...given).encryption
const configured = (spec: object) => settings(felixConfiguration('default', { ...spec }))
const both = { wireguardEnabled: true, wireguardEnabledV6: true }

test('without a configuration there is no device, and everything else is as the specification says', () => {
  expect(encryption()).toEqual({
    ipv4: undefined,
    ipv6: undefined,
    required: false,
    hostEncryption: false,
    keepaliveSeconds: 0,
    routingRulePriority: 99,
    mark: 0x200000,
    tables: { ipv4: 1, ipv6: 2 },
    threading: false,
    rotationSeconds: 0,
    exempt: [],
    problems: [],
  })
})

test('each IP version has a device where it is switched on', () => {
  const ipv4 = { interfaceName: 'wireguard.cali', listenPort: 51820, mtu: 0 }
  const ipv6 = { interfaceName: 'wg-v6.cali', listenPort: 51821, mtu: 0 }
  expect(encryption(installation('Enabled'))).toMatchObject({ ipv4, ipv6: undefined })
  expect(configured({ wireguardEnabledV6: true }).encryption).toMatchObject({ ipv4: undefined, ipv6 })
  expect(configured(both).encryption).toMatchObject({ ipv4, ipv6, problems: [] })
})

test('every setting is read', () => {
  const spec = {
    ...both,
    wireguardInterfaceName: 'wg4',
    wireguardInterfaceNameV6: 'wg6',
    wireguardListeningPort: 4000,
    wireguardListeningPortV6: 6000,
    wireguardMTU: 1380,
    wireguardMTUV6: 1360,
    wireguardRequired: true,
    wireguardHostEncryptionEnabled: true,
    wireguardKeepAlive: '25s',
    wireguardRoutingRulePriority: 7,
    wireguardThreadingEnabled: true,
    wireguardKeyRotationInterval: '1h30m',
    nftablesMarkMask: 0xff00_0000,
    routeTableRanges: [{ min: 400, max: 500 }],
  }
  expect(configured(spec).encryption).toEqual({
    ipv4: { interfaceName: 'wg4', listenPort: 4000, mtu: 1380 },
    ipv6: { interfaceName: 'wg6', listenPort: 6000, mtu: 1360 },
    required: true,
    hostEncryption: true,
    keepaliveSeconds: 25,
    routingRulePriority: 7,
    mark: 0x2000_0000,
    tables: { ipv4: 400, ipv6: 401 },
    threading: true,
    rotationSeconds: 5400,
    exempt: [],
    problems: [],
  })
})

test('a time is never rounded to one that switches it off', () => {
  expect(configured({ wireguardKeepAlive: '20ms' }).encryption.keepaliveSeconds).toBe(1)
  expect(configured({ wireguardKeepAlive: '100h' }).encryption.keepaliveSeconds).toBe(65_535)
  expect(configured({ wireguardKeyRotationInterval: '1500ms' }).encryption.rotationSeconds).toBe(1.5)
})

describe('the mark is the sixth bit of the mask', () => {
  test.each([
    [0xffff_0000, 0x20_0000],
    [0xffff_ffff, 0x20],
    [0x8888_8880, 0x800_0000],
    [0xfc00_0000, 0x8000_0000],
  ])('of %d', (nftablesMarkMask, mark) => {
    expect(configured({ ...both, nftablesMarkMask }).encryption).toMatchObject({ mark, problems: [] })
  })

  test.each([
    [0, 'nftablesMarkMask 0x0 has fewer than six bits; encrypted packets are marked with 0x200000 instead'],
    [0xf800_0000, expect.stringContaining('has fewer than six bits')],
    [0x1_f800, expect.stringContaining('has a bit of policy as its sixth')],
  ])('but not of %d, which is told', (nftablesMarkMask, problem) => {
    const { mark, problems } = configured({ ...both, nftablesMarkMask }).encryption
    expect([mark, problems]).toEqual([0x20_0000, [problem]])
  })
})

describe('the tables are the first two that nobody else has', () => {
  const tablesOf = (...ranges: [number, number][]) => {
    const routeTableRanges = ranges.map(([min, max]) => ({ min, max }))
    const { tables, problems } = configured({ ...both, routeTableRanges }).encryption
    return [tables.ipv4, tables.ipv6, ...problems]
  }
  test.each([
    [[[1, 250]], [1, 2]],
    [[], [1, 2]],
    [
      [
        [9, 9],
        [5, 6],
      ],
      [9, 5],
    ],
    [
      [
        [9, 9],
        [9, 9],
        [8, 9],
      ],
      [9, 8],
    ],
    [[[252, 4_294_967_295]], [252, 256]],
    [
      [
        [253, 255],
        [254, 256],
        [1, 1],
      ],
      [256, 1],
    ],
  ] as [[number, number][], number[]][])('of %j: %j', (ranges, tables) => {
    expect(tablesOf(...ranges)).toEqual(tables)
  })

  test('and where there are fewer, of the usual ones, which is told', () => {
    const problem = (a: number, b: number) =>
      `routeTableRanges has fewer than two tables; ${a} and ${b} are used instead`
    expect(tablesOf([253, 255])).toEqual([1, 2, problem(1, 2)])
    expect(tablesOf([1, 1])).toEqual([1, 2, problem(1, 2)])
    expect(tablesOf([7, 7], [255, 255])).toEqual([7, 1, problem(7, 1)])
  })
})

describe('two devices', () => {
  test('never listen on one port; packets are let in where they do listen', () => {
    const at = (port: number) => {
      const ports = { wireguardListeningPort: port, wireguardListeningPortV6: port }
      const { encryption, tunnels } = configured({ ...both, ...ports })
      expect(tunnels.wireguard).toEqual([
        { version: 4, port: encryption.ipv4?.listenPort },
        { version: 6, port: encryption.ipv6?.listenPort },
      ])
      return [encryption.ipv4?.listenPort, encryption.ipv6?.listenPort, ...encryption.problems]
    }
    const told = 'wireguardListeningPort and wireguardListeningPortV6 are both'
    expect(at(7000)).toEqual([7000, 51821, `${told} 7000; IPv6 has 51821 instead`])
    expect(at(51821)).toEqual([51821, 51820, `${told} 51821; IPv6 has 51820 instead`])
  })

  test('never have one name', () => {
    const named = (name: string) => {
      const names = { wireguardInterfaceName: name, wireguardInterfaceNameV6: name }
      const { ipv4, ipv6, problems } = configured({ ...both, ...names }).encryption
      return [ipv4?.interfaceName, ipv6?.interfaceName, problems.length]
    }
    expect(named('wg0')).toEqual(['wg0', 'wg-v6.cali', 1])
    expect(named('wg-v6.cali')).toEqual(['wg-v6.cali', 'wireguard.cali', 1])
  })

  test('one alone may have what the other would have, and what is switched off has no problems', () => {
    const spec = { wireguardListeningPortV6: 51820, wireguardInterfaceNameV6: 'wireguard.cali' }
    expect(configured({ ...spec, wireguardEnabledV6: true }).encryption).toMatchObject({
      ipv6: { interfaceName: 'wireguard.cali', listenPort: 51820 },
      problems: [],
    })
    const wrong = { nftablesMarkMask: 1, routeTableRanges: [{ min: 254, max: 254 }] }
    expect(configured(wrong).encryption).toMatchObject({ mark: 0x20_0000, problems: [] })
  })
})

test('whatever the settings say, no two things are the same, and no table is the kernel’s', () => {
  const few = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined })
  const range = fc
    .tuple(fc.integer({ min: 248, max: 258 }), fc.nat(3))
    .map(([min, more]) => ({ min, max: min + more }))
  const spec = fc.record({
    wireguardListeningPort: few(51820, 51821, 1),
    wireguardListeningPortV6: few(51820, 51821, 1),
    wireguardInterfaceName: few('wireguard.cali', 'wg-v6.cali', 'a'),
    wireguardInterfaceNameV6: few('wireguard.cali', 'wg-v6.cali', 'a'),
    nftablesMarkMask: fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { nil: undefined }),
    routeTableRanges: fc.option(fc.array(range, { maxLength: 3 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(spec, (spec) => {
      const { ipv4, ipv6, tables, mark } = configured({ ...both, ...spec }).encryption
      expect(ipv4?.listenPort).not.toBe(ipv6?.listenPort)
      expect(ipv4?.interfaceName).not.toBe(ipv6?.interfaceName)
      expect(tables.ipv4).not.toBe(tables.ipv6)
      for (const table of Object.values(tables)) expect([253, 254, 255]).not.toContain(table)
      expect(Math.log2(mark) % 1).toBe(0)
      expect(mark & 0x3_0000).toBe(0)
    }),
  )
})

test('addresses of pools whose encryption is Disabled are exempt, also of those that give out no more', () => {
  const pool = (name: string, cidr: string, spec: object) => ipPool(name, { cidr, ...spec })
  const off = { encryption: 'Disabled' }
  const { exempt } = encryption(
    pool('a', '10.2.0.0/16', off),
    pool('b', '10.1.0.0/16', { ...off, disabled: true }),
    pool('c', 'fd00::/64', off),
    pool('d', '10.3.0.0/16', {}),
  )
  expect(exempt.map(formatCidr)).toEqual(['10.1.0.0/16', '10.2.0.0/16', 'fd00::/64'])
})
