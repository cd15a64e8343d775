import { describe, expect, test } from 'vitest'
import { describeChange } from './describe-change.ts'
import { defaultHostSettings, desiredHost, type LocalEndpoint } from './desired-host.ts'
import { holderMark, nodeMark } from './holder-marks.ts'
import { hostChanges, nextHolders, nextRemovalMs } from './host-changes.ts'
import type { ActualHost, ActualInterface, InterfaceRoute, Seen } from './host-model.ts'

const settings = { ...defaultHostSettings, defaultRpFilter: '1' }
const boot = 3
const unshaped = { ingress: undefined, egress: undefined }
const web: LocalEndpoint = { key: 'shop/web', interfaceName: 'cali1', addresses: ['10.0.0.1'] }

/** A route as a network plugin makes it, seen at `sinceMs`. */
function route(interfaceName: string, destination: string, change: Partial<Seen<InterfaceRoute>> = {}) {
  const scope = destination.includes(':') ? 0 : 253
  return {
    interfaceName,
    destination,
    protocol: boot,
    scope,
    metric: 0,
    gateway: undefined,
    sinceMs: 0,
    ...change,
  }
}

function link(name: string, index: number, change: Partial<ActualInterface> = {}): ActualInterface {
  return {
    name,
    index,
    isUp: true,
    routes: [],
    neighbours: [],
    peerMac: undefined,
    shaping: unshaped,
    ...change,
  }
}

interface World {
  readonly links?: readonly ActualInterface[]
  readonly endpoints?: readonly LocalEndpoint[]
  readonly holders?: Readonly<Record<string, number>>
  readonly nowMs?: number
  readonly sysctls?: ReadonlyMap<string, string>
  readonly graceMs?: number | undefined
  readonly shapingLinks?: readonly string[]
}

/** All settings are as desired unless told. */
function worldOf({
  links = [],
  endpoints = [web],
  holders = {},
  nowMs = 0,
  sysctls,
  shapingLinks = [],
  ...rest
}: World) {
  const removes = !('graceMs' in rest) || rest.graceMs !== undefined
  const desired = desiredHost(
    { endpoints, interfacePrefixes: ['cali'], forwards: true, removesExternalRoutes: removes },
    settings,
  )
  const all = [...desired.sysctls, ...[...desired.interfaces.values()].flatMap((each) => each.sysctls)]
  const actual: ActualHost = {
    nowMs,
    sysctls: new Map([...all.map(({ path, value }) => [path, value] as const), ...(sysctls ?? [])]),
    interfaces: new Map(links.map((each) => [each.name, each])),
    shapingLinks: new Set(shapingLinks),
    holders: new Map(Object.entries(holders)),
  }
  return { actual, desired }
}

function changesOf(world: World): string[] {
  const { actual, desired } = worldOf(world)
  return hostChanges(actual, desired).map(describeChange)
}

describe('routes', () => {
  test('nothing changes where a network plugin made all as desired', () => {
    const links = [link('cali1', 5, { routes: [route('cali1', '10.0.0.1/32')] })]
    expect(changesOf({ links, holders: { '10.0.0.1': 5 } })).toEqual([])
  })

  test('a missing route is made for each address, once the interface is there and up', () => {
    const endpoints = [{ ...web, addresses: ['10.0.0.1', 'fd00::1'] }]
    expect(changesOf({ endpoints })).toEqual([])
    expect(changesOf({ endpoints, links: [link('cali1', 5, { isUp: false })] })).toEqual([])
    expect(changesOf({ endpoints, links: [link('cali1', 5)] })).toEqual([
      'add route 10.0.0.1/32 dev cali1',
      'add route fd00::1/128 dev cali1',
    ])
  })

  test('a route made has link scope for IPv4 and carries the agent’s protocol number', () => {
    const endpoints = [{ ...web, addresses: ['10.0.0.1', 'fd00::1'] }]
    const { actual, desired } = worldOf({ endpoints, links: [link('cali1', 5)] })
    const made = hostChanges(actual, desired).flatMap((it) => (it.kind === 'AddRoute' ? [it.route] : []))
    expect(made.map(({ scope, protocol }) => [scope, protocol])).toEqual([
      [253, 77],
      [0, 77],
    ])
  })

  test('a route to the address by a gateway is replaced', () => {
    const links = [
      link('cali1', 5, { routes: [route('cali1', '10.0.0.1/32', { gateway: '10.9.9.9', scope: 0 })] }),
    ]
    expect(changesOf({ links })).toEqual([
      'delete route 10.0.0.1/32 dev cali1',
      'add route 10.0.0.1/32 dev cali1',
    ])
  })

  test('so is one by a gateway that says it is on the link, in either family', () => {
    const endpoints = [{ ...web, addresses: ['10.0.0.1', 'fd00::1'] }]
    const links = [
      link('cali1', 5, {
        routes: [
          route('cali1', '10.0.0.1/32', { gateway: '10.9.9.9' }),
          route('cali1', 'fd00::1/128', { gateway: 'fd00::9' }),
        ],
      }),
    ]
    expect(changesOf({ endpoints, links }).filter((line) => line.startsWith('delete'))).toHaveLength(2)
  })

  test('an unknown route stays for the grace period and then goes, also of an interface without an endpoint', () => {
    const links = [
      link('cali1', 5, { routes: [route('cali1', '10.0.0.1/32'), route('cali1', '10.7.0.0/16')] }),
      link('cali9', 9, { routes: [route('cali9', '10.0.0.9/32', { sinceMs: 2000 })] }),
    ]
    expect(changesOf({ links, nowMs: 9999 })).toEqual([])
    expect(changesOf({ links, nowMs: 10_000 })).toEqual(['delete route 10.7.0.0/16 dev cali1'])
    expect(changesOf({ links, nowMs: 12_000 })).toEqual([
      'delete route 10.7.0.0/16 dev cali1',
      'delete route 10.0.0.9/32 dev cali9',
    ])
    const { actual, desired } = worldOf({ links, nowMs: 11_000 })
    expect(nextRemovalMs(actual, desired)).toBe(12_000)
  })

  test('unknown routes stay for ever where the administrator wants that', () => {
    const links = [
      link('cali1', 5, { routes: [route('cali1', '10.0.0.1/32'), route('cali1', '10.7.0.0/16')] }),
    ]
    expect(changesOf({ links, nowMs: 1e9, graceMs: undefined })).toEqual([])
    const { actual, desired } = worldOf({ links, graceMs: undefined })
    expect(nextRemovalMs(actual, desired)).toBeUndefined()
  })

  test('what the agent itself made and nobody wants any more goes at once', () => {
    const links = [link('cali9', 9, { routes: [route('cali9', '10.0.0.9/32', { protocol: 77 })] })]
    expect(changesOf({ links })).toEqual(['delete route 10.0.0.9/32 dev cali9'])
  })
})

describe('an address that changes hands', () => {
  const mac = '02:00:00:00:00:01'
  const neighbour = { interfaceName: 'cali1', address: '10.0.0.1', mac }
  const old = link('cali1', 5, { routes: [route('cali1', '10.0.0.1/32')], neighbours: [neighbour] })
  const holders = { '10.0.0.1': 5 }

  test('loses route, neighbour and connections when its workload gives it up', () => {
    expect(changesOf({ links: [old], endpoints: [{ ...web, addresses: [] }], holders })).toEqual([
      'delete route 10.0.0.1/32 dev cali1',
      'delete neighbour 10.0.0.1 dev cali1',
      'forget connections of 10.0.0.1',
    ])
  })

  test('is forgotten before it leads to its new holder', () => {
    const next: LocalEndpoint = { key: 'shop/next', interfaceName: 'cali2', addresses: ['10.0.0.1'], mac }
    expect(changesOf({ links: [old, link('cali2', 6)], endpoints: [next], holders })).toEqual([
      'delete route 10.0.0.1/32 dev cali1',
      'delete neighbour 10.0.0.1 dev cali1',
      'forget connections of 10.0.0.1',
      'add route 10.0.0.1/32 dev cali2',
      `set neighbour 10.0.0.1 dev cali2 to ${mac}`,
    ])
  })

  test('leaves its old interface at once, also when the agent does not know that it was there', () => {
    const next: LocalEndpoint = { key: 'shop/next', interfaceName: 'cali2', addresses: ['10.0.0.1'] }
    expect(changesOf({ links: [old, link('cali2', 6)], endpoints: [next] })).toEqual([
      'delete route 10.0.0.1/32 dev cali1',
      'delete neighbour 10.0.0.1 dev cali1',
      'add route 10.0.0.1/32 dev cali2',
    ])
  })

  test('is forgotten when its interface went, and when another one of that name came', () => {
    expect(changesOf({ holders })).toEqual(['forget connections of 10.0.0.1'])
    const again = link('cali1', 6, { routes: [route('cali1', '10.0.0.1/32')] })
    expect(changesOf({ links: [again], holders })).toEqual(['forget connections of 10.0.0.1'])
  })

  test('stays with its old holder, or with nobody, as long as it could not be forgotten', () => {
    const unforgotten = new Set(['10.0.0.1'])
    const { actual, desired } = worldOf({ links: [link('cali1', 6)], holders })
    expect(nextHolders(actual, desired, unforgotten)).toEqual(new Map([['10.0.0.1', 5]]))
    expect(nextHolders(actual, desired, new Set())).toEqual(new Map([['10.0.0.1', 6]]))
    expect(nextHolders({ ...actual, holders: new Map() }, desired, unforgotten)).toEqual(new Map())
  })

  const tags = (values: Readonly<Record<string, string>>) =>
    new Map(Object.entries(values).map(([name, value]) => [`net/ipv4/conf/${name}/tag`, value]))
  const marked = { lo: nodeMark.value, cali1: holderMark('cali1', ['10.0.0.1']).value }
  const there = link('cali1', 5, { routes: [route('cali1', '10.0.0.1/32')] })

  test('is forgotten by an agent that starts, where no agent before it has marked that it was there', () => {
    const mark = `set net/ipv4/conf/cali1/tag to ${marked.cali1} (is 0)`
    const sysctls = tags({ ...marked, cali1: '0' })
    expect(changesOf({ links: [there], sysctls })).toEqual(['forget connections of 10.0.0.1', mark])
    expect(changesOf({ links: [there], sysctls, holders })).toEqual([mark])
    expect(changesOf({ links: [there], sysctls: tags(marked) })).toEqual([])
  })

  test('keeps its connections where no agent has ever marked anything, and what is found is marked, the node last', () => {
    expect(changesOf({ links: [there], sysctls: tags({ lo: '0', cali1: '0' }) })).toEqual([
      `set net/ipv4/conf/cali1/tag to ${marked.cali1} (is 0)`,
      `set net/ipv4/conf/lo/tag to ${marked.lo} (is 0)`,
    ])
    expect(changesOf({ links: [there], sysctls: tags({}) })).toEqual([])
  })

  test('is forgotten, and no other one of its interface, when it comes while the agent runs', () => {
    const endpoints = [{ ...web, addresses: ['10.0.0.1', '10.0.0.7'] }]
    const links = [{ ...there, routes: [...there.routes, route('cali1', '10.0.0.7/32')] }]
    const [forgetting] = changesOf({ links, endpoints, holders, sysctls: tags(marked) })
    expect(forgetting).toBe('forget connections of 10.0.0.7')
  })
})

describe('neighbours', () => {
  const mac = '02:00:00:00:00:01'
  const linkWith = (neighbourMac?: string) =>
    link('cali1', 5, {
      routes: [route('cali1', '10.0.0.1/32')],
      neighbours:
        neighbourMac === undefined
          ? []
          : [{ interfaceName: 'cali1', address: '10.0.0.1', mac: neighbourMac }],
      peerMac: mac,
    })

  test('an IPv4 address leads to the link-layer address of the pod’s side', () => {
    expect(changesOf({ links: [linkWith()] })).toEqual([`set neighbour 10.0.0.1 dev cali1 to ${mac}`])
    expect(changesOf({ links: [linkWith('02:00:00:00:00:02')] })).toHaveLength(1)
    expect(changesOf({ links: [linkWith(mac)] })).toEqual([])
  })

  test('what the pod’s record says counts more than what the kernel says', () => {
    const recorded = '02:00:00:00:00:99'
    expect(changesOf({ links: [linkWith(mac)], endpoints: [{ ...web, mac: recorded }] })).toEqual([
      `set neighbour 10.0.0.1 dev cali1 to ${recorded}`,
    ])
  })

  test('IPv6 is left to neighbour discovery', () => {
    const links = [link('cali1', 5, { routes: [route('cali1', 'fd00::1/128')], peerMac: mac })]
    expect(changesOf({ links, endpoints: [{ ...web, addresses: ['fd00::1'] }] })).toEqual([])
  })
})

describe('settings', () => {
  const links = [link('cali1', 5, { routes: [route('cali1', '10.0.0.1/32')] })]
  const withSetting = (path: string, value: string) => changesOf({ links, sysctls: new Map([[path, value]]) })

  test('a setting that differs is set, with what it was', () => {
    expect(withSetting('net/ipv4/conf/cali1/proxy_arp', '0')).toEqual([
      'set net/ipv4/conf/cali1/proxy_arp to 1 (is 0)',
    ])
  })

  test('an administrator’s stricter choice stays, a weaker one does not', () => {
    expect(withSetting('net/ipv4/tcp_syncookies', '2')).toEqual([])
    expect(withSetting('net/ipv4/tcp_syncookies', '0')).toHaveLength(1)
    expect(withSetting('net/netfilter/nf_conntrack_tcp_timeout_syn_recv', '5')).toEqual([])
    expect(withSetting('net/netfilter/nf_conntrack_tcp_timeout_syn_recv', '60')).toHaveLength(1)
  })

  test('a file that this kernel lacks is left out where it may be lacking, and else tried, so that it is reported', () => {
    const { actual, desired } = worldOf({ links })
    const without = (path: string) => {
      const sysctls = new Map([...actual.sysctls].filter(([each]) => each !== path))
      return hostChanges({ ...actual, sysctls }, desired).map(describeChange)
    }
    expect(without('net/ipv6/conf/cali1/accept_ra')).toEqual([])
    expect(without('net/ipv4/conf/cali1/forwarding')).toEqual([
      'set net/ipv4/conf/cali1/forwarding to 1 (is not readable)',
    ])
  })
})

describe('bandwidth', () => {
  const bandwidth = { bitsPerSecond: 8_000_000, burstBits: 800_000, peak: undefined }
  const limited = {
    ...web,
    bandwidth: { ingress: bandwidth, egress: { ...bandwidth, bitsPerSecond: 16_000_000 } },
  }
  const bucket = { bytesPerSecond: 1_000_000, limitBytes: 125_000, peakBytesPerSecond: undefined }
  const shaped = { ingress: bucket, egress: { ...bucket, bytesPerSecond: 2_000_000, limitBytes: 150_000 } }
  const at = (shaping: ActualInterface['shaping']) => [
    link('cali1', 5, { routes: [route('cali1', '10.0.0.1/32')], shaping }),
  ]
  const shapingLinks = ['mgbwcali1']

  test('each direction gets its own limit, once', () => {
    expect(changesOf({ links: at(unshaped), endpoints: [limited] })).toEqual([
      'limit packets to cali1 to 8000000 bit/s',
      'limit packets from cali1 to 16000000 bit/s',
    ])
    expect(changesOf({ links: at(shaped), endpoints: [limited], shapingLinks })).toEqual([])
  })

  test('another rate, burst or peak rate replaces it', () => {
    for (const change of [
      { bitsPerSecond: 8008 },
      { burstBits: 80_000_000 },
      { peak: { bitsPerSecond: 9_000_000, minBurstBytes: undefined } },
    ]) {
      const other = { ...limited, bandwidth: { ...limited.bandwidth, ingress: { ...bandwidth, ...change } } }
      expect(changesOf({ links: at(shaped), endpoints: [other], shapingLinks })).toHaveLength(1)
    }
  })

  test('goes when the pod has none any more, and the link for it with it', () => {
    expect(changesOf({ links: at(shaped), shapingLinks })).toEqual([
      'do not limit packets to cali1',
      'do not limit packets from cali1',
      'delete link mgbwcali1',
    ])
    expect(changesOf({ shapingLinks, endpoints: [limited] })).toEqual(['delete link mgbwcali1'])
    expect(changesOf({ links: [link('cali1', 5)], endpoints: [], shapingLinks })).toEqual([])
  })
})
