/** What the netlink library writes is what ip(8) reads, and the other way round; in namespaces of a lab. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createLab, type Lab, type LabNode } from '@margay/lab'
import {
  NetlinkError,
  type NetlinkEvents,
  type RouteEvent,
  RouteSocket,
  SyscallError,
  watchRouting,
} from '@margay/netlink'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'

let lab: Lab
let here: LabNode
let there: LabNode
let socket: RouteSocket

beforeAll(async () => {
  lab = await createLab({ name: `netlink${process.pid}` })
  here = await lab.addNode('here')
  there = await lab.addNode('there')
  socket = RouteSocket.open(here.netns)
})
afterAll(async () => {
  socket?.close()
  await lab?.close()
})
/** Of a pair, the first end takes the other one with it. */
afterEach(() => {
  for (const { name } of socket.links()) {
    const link = /^(veth|br-)/.test(name) ? socket.linkByName(name) : undefined
    if (link !== undefined) socket.deleteLink(link.index)
  }
})

type Listed = Readonly<Record<string, unknown>>

/** What `ip -j …` says in a node's namespace. */
async function ip(node: LabNode, ...args: string[]): Promise<Listed[]> {
  const { stdout } = await lab.runInNode(node, 'ip', ['-j', '-d', '-N', ...args])
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as Listed[])
}

function run(node: LabNode, ...args: string[]): Promise<unknown> {
  return lab.runInNode(node, 'ip', args)
}

function indexOf(name: string): number {
  const link = socket.linkByName(name)
  if (link === undefined) throw new Error(`there is no link ${name}`)
  return link.index
}

/** A pair with both ends here, up. */
function addPair(): number {
  socket.addVeth({ name: 'veth0' }, { name: 'veth1' })
  for (const name of ['veth0', 'veth1']) socket.changeLink(indexOf(name), { isUp: true })
  return indexOf('veth0')
}

describe('links', () => {
  test('a veth pair is made with its other end in another namespace, and the end there can be read from here', async () => {
    socket.addVeth(
      { name: 'veth0', mac: 'ee:ee:ee:ee:ee:ee', mtu: 1400 },
      { name: 'veth-peer', mac: '02:00:00:00:00:07', netns: there.netns },
    )
    expect(await ip(here, 'link', 'show', 'veth0')).toMatchObject([
      {
        ifname: 'veth0',
        address: 'ee:ee:ee:ee:ee:ee',
        mtu: 1400,
        linkinfo: { info_kind: 'veth' },
        operstate: 'DOWN',
      },
    ])
    expect(await ip(there, 'link', 'show', 'veth-peer')).toMatchObject([{ address: '02:00:00:00:00:07' }])
    const link = socket.linkByName('veth0')
    expect(link).toMatchObject({ kind: 'veth', mac: 'ee:ee:ee:ee:ee:ee', mtu: 1400, isUp: false })
    expect(link && socket.peerOf(link)).toMatchObject({ name: 'veth-peer', mac: '02:00:00:00:00:07' })
  })

  test('the other end of a pair in one namespace, and of a link that has none', () => {
    addPair()
    const [veth, lo] = [socket.linkByName('veth0'), socket.linkByName('lo')]
    expect(veth && socket.peerOf(veth)).toMatchObject({ name: 'veth1' })
    expect(lo && socket.peerOf(lo)).toBeUndefined()
  })

  test('state, name, MTU, link-layer address, bridge and namespace change', async () => {
    socket.addVeth({ name: 'veth0' }, { name: 'veth1' })
    socket.addLink('br-x', 'bridge')
    const index = indexOf('veth0')
    socket.changeLink(index, { name: 'veth2', mtu: 1300, mac: '02:00:00:00:00:01' })
    socket.changeLink(index, { isUp: true, master: indexOf('br-x') })
    expect(await ip(here, 'link', 'show', 'veth2')).toMatchObject([
      {
        ifindex: index,
        mtu: 1300,
        address: '02:00:00:00:00:01',
        master: 'br-x',
        flags: expect.arrayContaining(['UP']),
      },
    ])
    expect(socket.linkByIndex(index)).toMatchObject({ name: 'veth2', isUp: true, master: indexOf('br-x') })
    socket.changeLink(index, { isUp: false, netns: there.netns })
    expect(socket.linkByName('veth2')).toBeUndefined()
    expect(await ip(there, 'link', 'show', 'veth2')).toMatchObject([{ ifname: 'veth2' }])
  })

  test('all links are listed as ip lists them', async () => {
    addPair()
    const listed = (await ip(here, 'link')).map(({ ifindex, ifname, address, mtu }) => [
      ifindex,
      ifname,
      address,
      mtu,
    ])
    expect(socket.links().map(({ index, name, mac, mtu }) => [index, name, mac, mtu])).toEqual(listed)
  })

  test('what is not there, or there already, is said in a line', () => {
    addPair()
    expect(() => socket.addVeth({ name: 'veth0' }, { name: 'veth9' })).toThrow(
      /^add veth pair veth0, veth9: EEXIST \(exists already, or overlaps\)/,
    )
    expect(() => socket.deleteLink(99_999)).toThrow(NetlinkError)
    expect(() => socket.addVeth({ name: 'veth5' }, { name: 'x', netns: 'no-such-namespace' })).toThrow(
      SyscallError,
    )
    expect(() => RouteSocket.open('no-such-namespace')).toThrow(/ENOENT.*no-such-namespace/)
  })
})

test('addresses are added, listed and deleted as ip has them', async () => {
  const index = addPair()
  const specs = [
    { index, address: '10.3.0.1/24' },
    { index, address: 'fd03::1/64', skipsDuplicateDetection: true },
  ]
  for (const spec of specs) socket.addAddress(spec)
  const [listed] = await ip(here, 'addr', 'show', 'veth0')
  expect(listed?.addr_info).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ local: '10.3.0.1', prefixlen: 24 }),
      expect.objectContaining({ local: 'fd03::1', prefixlen: 64, nodad: true }),
    ]),
  )
  const own = (family: 4 | 6) => socket.addresses(family).filter((each) => each.index === index)
  expect(own(4)).toMatchObject([{ address: '10.3.0.1', prefixLength: 24, label: 'veth0', peer: undefined }])
  expect(own(6)).toContainEqual(expect.objectContaining({ address: 'fd03::1', prefixLength: 64 }))
  for (const spec of specs) socket.deleteAddress(spec)
  expect(own(4)).toEqual([])
})

describe('routes', () => {
  test('to hosts, through gateways, and of the types that end a look-up', async () => {
    const index = addPair()
    socket.addAddress({ index, address: '10.3.0.1/24' })
    socket.addRoute({ destination: '10.4.0.1/32', index, protocol: 77 })
    socket.addRoute({ destination: 'fd04::1/128', index, protocol: 77 })
    socket.addRoute({ destination: '0.0.0.0/0', gateway: '10.3.0.9', metric: 5, source: '10.3.0.1' })
    for (const type of ['Throw', 'Blackhole', 'Unreachable', 'Prohibit'] as const)
      socket.addRoute({ destination: '10.5.0.0/16', type, table: 1000, metric: type.length })
    socket.addRoute({ destination: 'fd05::/16', type: 'Throw', table: 1000 })
    expect(await ip(here, 'route', 'show', 'proto', '77')).toMatchObject([
      { dst: '10.4.0.1', dev: 'veth0', scope: '253' },
    ])
    expect(await ip(here, '-6', 'route', 'show', 'proto', '77')).toMatchObject([
      { dst: 'fd04::1', dev: 'veth0' },
    ])
    expect(await ip(here, 'route', 'show', 'default')).toMatchObject([
      { gateway: '10.3.0.9', dev: 'veth0', metric: 5, prefsrc: '10.3.0.1', protocol: '4', scope: '0' },
    ])
    const table = await ip(here, 'route', 'show', 'table', '1000')
    // RTN_THROW, RTN_PROHIBIT, RTN_BLACKHOLE and RTN_UNREACHABLE.
    expect(table.map(({ type, metric }) => [type, metric])).toEqual([
      ['9', 5],
      ['8', 8],
      ['6', 9],
      ['7', 11],
    ])
    expect(await ip(here, '-6', 'route', 'show', 'table', '1000')).toMatchObject([
      { type: '9', dst: 'fd05::/16' },
    ])
    for (const family of [4, 6] as const)
      for (const { destination, metric } of socket.routes({ family, table: 1000 }))
        socket.deleteRoute({ destination, metric, table: 1000, type: 'Unspecified' })
    expect(socket.routes({ family: 4, table: 1000 })).toEqual([])
  })

  test('are listed by link, table and maker only', async () => {
    const index = addPair()
    await run(here, 'route', 'add', '10.4.0.1/32', 'dev', 'veth0', 'proto', '99')
    await run(here, '-6', 'route', 'add', 'fd04::1/128', 'dev', 'veth0')
    const destinations = (filter: Parameters<RouteSocket['routes']>[0]) =>
      socket.routes(filter).map(({ destination }) => destination)
    expect(destinations({ family: 4, index })).toEqual(['10.4.0.1/32'])
    expect(destinations({ family: 4, protocol: 99 })).toEqual(['10.4.0.1/32'])
    expect(destinations({ family: 6, index, table: 254 })).toContain('fd04::1/128')
    expect(destinations({ family: 4, index: indexOf('veth1') })).toEqual([])
    expect(destinations({ family: 4, table: 12_345 })).toEqual([])
    expect(destinations({ family: 4 })).toContain('198.18.0.0/16')
  })

  test('are replaced in place, and adding does not replace', async () => {
    const [index, other] = [addPair(), indexOf('veth1')]
    socket.addRoute({ destination: '10.4.0.1/32', index })
    expect(() => socket.addRoute({ destination: '10.4.0.1/32', index: other })).toThrow(
      /^add route 10\.4\.0\.1\/32: EEXIST/,
    )
    socket.replaceRoute({ destination: '10.4.0.1/32', index: other })
    expect(await ip(here, 'route', 'show', '10.4.0.1')).toMatchObject([{ dev: 'veth1' }])
    expect(() => socket.deleteRoute({ destination: '10.4.0.1/32', index })).toThrow(/ESRCH/)
    socket.deleteRoute({ destination: '10.4.0.1/32', index: other })
    expect(await ip(here, 'route', 'show', '10.4.0.1')).toEqual([])
  })
})

test('rules as WireGuard needs them: marks with masks, inverted, by priority', async () => {
  const spec = {
    priority: 99,
    table: 1000,
    mark: { value: 0x200000, mask: 0x200000 },
    isInverted: true,
    protocol: 77,
  }
  for (const family of [4, 6] as const) {
    const flag = family === 4 ? [] : ['-6']
    socket.addRule({ family, ...spec })
    expect(await ip(here, ...flag, 'rule', 'show', 'priority', '99')).toMatchObject([
      { priority: 99, not: null, fwmark: '0x200000', fwmask: '0x200000', table: '1000', protocol: '77' },
    ])
    expect(socket.rules(family)).toContainEqual(expect.objectContaining({ family, ...spec, action: 'Table' }))
    expect(() => socket.addRule({ family, ...spec })).toThrow(/^add rule 99: EEXIST/)
    socket.deleteRule({ family, ...spec })
    expect(socket.rules(family).filter(({ priority }) => priority === 99)).toEqual([])
  }
  await run(
    here,
    'rule',
    'add',
    'from',
    '10.0.0.0/8',
    'iif',
    'lo',
    'lookup',
    'main',
    'suppress_prefixlength',
    '0',
    'pref',
    '50',
  )
  const [rule] = socket.rules(4).filter(({ priority }) => priority === 50)
  expect(rule).toMatchObject({
    source: '10.0.0.0/8',
    inputInterface: 'lo',
    suppressedPrefixLength: 0,
    table: 254,
  })
  if (rule !== undefined) socket.deleteRule(rule)
  expect(await ip(here, 'rule', 'show', 'priority', '50')).toEqual([])
})

test('permanent neighbours and proxy entries', async () => {
  const index = addPair()
  const mac = '02:00:00:00:00:01'
  for (const address of ['10.4.0.1', 'fd04::1']) socket.setNeighbour({ index, address, mac })
  expect(await ip(here, 'neigh', 'show', 'dev', 'veth0', 'nud', 'permanent')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ dst: '10.4.0.1', lladdr: mac, state: ['PERMANENT'] }),
      expect.objectContaining({ dst: 'fd04::1', lladdr: mac, state: ['PERMANENT'] }),
    ]),
  )
  socket.setNeighbour({ index, address: '10.4.0.1', mac: '02:00:00:00:00:02' })
  expect(socket.neighbours({ family: 4, index })).toMatchObject([
    { address: '10.4.0.1', mac: '02:00:00:00:00:02', isPermanent: true, isProxy: false },
  ])
  socket.setNeighbour({ index, address: 'fd04::9', mac: undefined })
  expect(await ip(here, '-6', 'neigh', 'show', 'proxy')).toMatchObject([{ dst: 'fd04::9', dev: 'veth0' }])
  expect(socket.neighbours({ family: 6, isProxy: true })).toMatchObject([
    { address: 'fd04::9', index, isProxy: true },
  ])
  socket.deleteNeighbour({ index, address: 'fd04::9', mac: undefined })
  socket.deleteNeighbour({ index, address: '10.4.0.1', mac: '02:00:00:00:00:02' })
  expect(socket.neighbours({ family: 4, index })).toEqual([])
  expect(await ip(here, '-6', 'neigh', 'show', 'proxy')).toEqual([])
})

describe('traffic control', () => {
  const tc = async (...args: string[]) => {
    const { stdout } = await lab.runInNode(here, 'tc', ['-j', '-d', ...args])
    return JSON.parse(stdout) as Listed[]
  }
  const bucket = { bytesPerSecond: 125_000, burstBytes: 10_000, limitBytes: 20_000, peak: undefined }

  test.each([
    { ...bucket },
    { ...bucket, peak: { bytesPerSecond: 250_000, burstBytes: 3000 } },
    { ...bucket, bytesPerSecond: 1e13, burstBytes: 0xffff_ffff, limitBytes: 0xffff_ffff },
  ])('a token bucket is as tc reads it: %j', async (wanted) => {
    const index = addPair()
    expect(socket.rootQdisc(index)).toMatchObject({ kind: 'noqueue', handle: 0 })
    socket.setTokenBucket({ index, handle: 0x4d470000 }, { ...bucket, bytesPerSecond: 1000 })
    socket.setTokenBucket({ index, handle: 0x4d470000 }, wanted)
    const [listed] = await tc('qdisc', 'show', 'dev', 'veth0')
    expect(listed).toMatchObject({ kind: 'tbf', handle: '4d47:', root: true })
    const { bytesPerSecond, limitBytes, peak } = wanted
    expect(listed?.options).toMatchObject({ rate: bytesPerSecond })
    // JSON lacks the peak rate.
    const { stdout } = await lab.runInNode(here, 'tc', ['qdisc', 'show', 'dev', 'veth0'])
    expect(stdout.includes('peakrate 2Mbit minburst 3000b')).toBe(peak !== undefined)
    expect(socket.rootQdisc(index)).toMatchObject({
      kind: 'tbf',
      handle: 0x4d470000,
      bucket: { bytesPerSecond, limitBytes, peakBytesPerSecond: peak?.bytesPerSecond },
    })
    socket.deleteRootQdisc(index)
    expect(socket.rootQdisc(index)).toMatchObject({ kind: 'noqueue', handle: 0 })
  })

  test('everything that a link receives is sent to another one', async () => {
    const index = addPair()
    socket.addLink('veth-ifb', 'ifb')
    const other = indexOf('veth-ifb')
    expect(socket.redirectsOf(index)).toEqual([])
    socket.addRedirect(index, other)
    expect(socket.redirectsOf(index)).toEqual([other])
    const filters = await tc('filter', 'show', 'dev', 'veth0', 'parent', 'ffff:')
    expect(JSON.stringify(filters)).toContain('"mirred_action":"redirect"')
    expect(JSON.stringify(filters)).toContain('"to_dev":"veth-ifb"')
    socket.deleteRedirects(index)
    expect(socket.redirectsOf(index)).toEqual([])
  })
})

describe('events', () => {
  let events: RouteEvent[]
  let watch: NetlinkEvents
  const kinds = ['Link', 'Address', 'Route', 'Rule', 'Neighbour', 'Settings'] as const

  function start(): void {
    events = []
    watch = watchRouting({
      netns: here.netns,
      kinds,
      onEvent: (event) => events.push(event),
      onLost: () => expect.fail('events were lost'),
      onError: (error) => {
        throw error
      },
    })
  }

  async function expectEvent(event: object): Promise<void> {
    await vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining(event)), { timeout: 20_000 })
  }

  test('tell what others change, as it changes', async () => {
    start()
    try {
      await run(here, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1')
      const index = indexOf('veth0')
      await expectEvent({
        kind: 'Link',
        happening: 'New',
        link: expect.objectContaining({ name: 'veth0', isUp: false }),
      })
      await run(here, 'link', 'set', 'veth0', 'up')
      await expectEvent({ kind: 'Link', link: expect.objectContaining({ index, isUp: true }) })
      await run(here, 'addr', 'add', '10.3.0.1/24', 'dev', 'veth0')
      await expectEvent({
        kind: 'Address',
        happening: 'New',
        address: expect.objectContaining({ address: '10.3.0.1' }),
      })
      for (const action of ['add', 'del']) {
        await run(here, 'route', action, '10.4.0.1/32', 'dev', 'veth0')
        const happening = action === 'add' ? 'New' : 'Deleted'
        await expectEvent({
          kind: 'Route',
          happening,
          route: expect.objectContaining({ destination: '10.4.0.1/32', index }),
        })
        await run(here, '-6', 'rule', action, 'fwmark', '7', 'lookup', '7', 'pref', '77')
        await expectEvent({
          kind: 'Rule',
          happening,
          rule: expect.objectContaining({ family: 6, priority: 77 }),
        })
      }
      await run(
        here,
        'neigh',
        'add',
        '10.3.0.9',
        'lladdr',
        '02:00:00:00:00:09',
        'dev',
        'veth0',
        'nud',
        'permanent',
      )
      await expectEvent({
        kind: 'Neighbour',
        neighbour: expect.objectContaining({ address: '10.3.0.9', isPermanent: true }),
      })
      await lab.runInNode(here, 'sysctl', ['-w', 'net.ipv4.conf.veth0.rp_filter=2'])
      await expectEvent({ kind: 'Settings', index })
      await run(here, 'link', 'del', 'veth0')
      await expectEvent({ kind: 'Link', happening: 'Deleted', link: expect.objectContaining({ index }) })
    } finally {
      watch.close()
    }
  })

  test('end with close', async () => {
    start()
    watch.close()
    addPair()
    await sleep(50)
    expect(events).toEqual([])
  })
})
