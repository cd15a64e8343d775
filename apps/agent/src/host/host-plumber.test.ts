import { expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { FakeHost, noTables } from '../testing/fake-host.ts'
import { defaultHostSettings, type LocalEndpoint, type NodeWorkloads } from './desired-host.ts'
import { holderMark, nodeMark } from './holder-marks.ts'
import { HostPlumber } from './host-plumber.ts'

const web: LocalEndpoint = { key: 'shop/web', interfaceName: 'cali1', addresses: ['10.0.0.1'] }
const api: LocalEndpoint = { key: 'shop/api', interfaceName: 'cali2', addresses: ['10.0.0.2'] }

const on = (endpoints: readonly LocalEndpoint[]): NodeWorkloads => ({
  endpoints,
  interfacePrefixes: ['cali'],
  forwards: true,
  removesExternalRoutes: true,
})

function plumb() {
  const [kernel, clock] = [new FakeHost(), new FakeClock()]
  const lines: string[] = []
  kernel.present.push({ name: 'cali1', index: 1, isUp: true }, { name: 'cali2', index: 2, isUp: true })
  const plumber = new HostPlumber({
    kernel,
    clock,
    nowMs: () => clock.now().getTime(),
    settings: defaultHostSettings,
    log: (line) => lines.push(line),
  })
  return { kernel, clock, lines, plumber }
}

/** Lets what was put off until the next turn happen. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('what fails at one interface is reported in one line, tried again, and does not keep others waiting', async () => {
  const { kernel, clock, lines, plumber } = plumb()
  kernel.refused = /cali1/
  plumber.desire(on([web, api]))
  await nextTurn()
  expect(kernel.applied).toContain('add route 10.0.0.2/32 dev cali2')
  expect(lines).toEqual([
    "cali1: can't set net/ipv4/conf/cali1/route_localnet to 1 (is not readable): EACCES (read-only in this network namespace) (and 5 more)",
  ])
  await clock.advance(5000)
  expect(lines).toHaveLength(1)
  kernel.refused = undefined
  await clock.advance(1000)
  expect(kernel.applied).toContain('add route 10.0.0.1/32 dev cali1')
  plumber.stop()
})

test('a setting that this kernel does not let be set is given up quietly, if it may be lacking', async () => {
  const { kernel, clock, lines, plumber } = plumb()
  kernel.sysctls.set('net/netfilter/nf_conntrack_max', '1000')
  kernel.refused = /nf_conntrack_max/
  plumber.desire(on([]))
  await nextTurn()
  kernel.refused = undefined
  await clock.advance(60_000)
  expect(kernel.applied.filter((line) => line.includes('nf_conntrack_max'))).toEqual([])
  expect(lines).toEqual([])
  plumber.stop()
})

test('an address whose connections could not be forgotten does not lead to its new holder before they are', async () => {
  const { kernel, clock, lines, plumber } = plumb()
  plumber.desire(on([web]))
  await nextTurn()
  kernel.applied.splice(0)
  kernel.refused = /forget/
  plumber.desire(on([{ ...api, addresses: ['10.0.0.1'] }]))
  await nextTurn()
  expect(kernel.applied).toContain('delete route 10.0.0.1/32 dev cali1')
  expect(kernel.applied).not.toContain('add route 10.0.0.1/32 dev cali2')
  expect(lines).toEqual(["node: can't forget connections of 10.0.0.1: EBUSY"])
  kernel.refused = undefined
  await clock.advance(1000)
  const last = kernel.applied.slice(-2)
  expect(last).toEqual(['forget connections of 10.0.0.1', 'add route 10.0.0.1/32 dev cali2'])
  plumber.stop()
})

test('an address that came while no agent ran is not marked before its old connections are forgotten', async () => {
  const { kernel, clock, plumber } = plumb()
  const tag = 'net/ipv4/conf/cali1/tag'
  kernel.sysctls.set(tag, '0').set(nodeMark.path, nodeMark.value)
  kernel.refused = /forget/
  plumber.desire(on([web]))
  await nextTurn()
  await clock.advance(3000)
  expect(kernel.sysctls.get(tag)).toBe('0')
  kernel.refused = undefined
  await clock.advance(1000)
  expect(kernel.sysctls.get(tag)).toBe(holderMark('cali1', web.addresses).value)
  expect(kernel.applied.filter((line) => line.startsWith('forget'))).toHaveLength(1)
  plumber.stop()
})

test('an interface that went while it was worked on is no failure', async () => {
  const { kernel, lines, plumber } = plumb()
  kernel.refused = /cali1/
  plumber.desire(on([web]))
  const { present } = kernel
  kernel.links = () => (kernel.looks++ === 0 ? present : [])
  await nextTurn()
  expect(lines).toEqual([])
  plumber.stop()
})

test('when events were lost, and now and then, everything is looked at again', async () => {
  const { kernel, clock, plumber } = plumb()
  plumber.desire(on([web]))
  await nextTurn()
  const path = 'net/ipv6/conf/cali1/accept_ra'
  for (const [look, withinMs] of [
    [() => kernel.events.onLost(), 20],
    [() => undefined, 30_000],
  ] as const) {
    kernel.sysctls.set(path, '2')
    look()
    await clock.advance(withinMs)
    await nextTurn()
    expect(kernel.sysctls.get(path)).toBe('0')
  }
  plumber.stop()
})

test('the same wish again costs nothing', async () => {
  const { kernel, plumber } = plumb()
  plumber.desire(on([web]))
  await nextTurn()
  const { reads } = kernel
  plumber.desire(on([{ ...web }]))
  await nextTurn()
  expect(kernel.reads).toBe(reads)
  plumber.stop()
})

test('whoever undoes what is done here again and again gets no race', async () => {
  const { kernel, clock, plumber } = plumb()
  plumber.desire(on([web]))
  await nextTurn()
  const path = 'net/ipv4/conf/cali1/proxy_arp'
  const apply = kernel.apply.bind(kernel)
  kernel.apply = (change) => {
    apply(change)
    kernel.sysctls.set(path, '0')
    kernel.events.onLink({ index: 1 })
  }
  kernel.sysctls.set(path, '0')
  kernel.events.onLink({ index: 1 })
  kernel.applied.splice(0)
  await clock.advance(1000)
  expect(kernel.applied.length).toBeGreaterThan(10)
  expect(kernel.applied.length).toBeLessThanOrEqual(60)
  plumber.stop()
})

test('events of other interfaces cost nothing', async () => {
  const { kernel, clock, plumber } = plumb()
  plumber.desire(on([web]))
  await nextTurn()
  const { looks, reads } = kernel
  kernel.events.onLink({ index: 77, name: 'eth0' })
  kernel.events.onLink({ index: 78 })
  await clock.advance(100)
  expect([kernel.looks, kernel.reads]).toEqual([looks, reads])
  plumber.stop()
})

test('a kernel that can’t be read is reported once and asked again', async () => {
  const { kernel, clock, lines, plumber } = plumb()
  kernel.blindness = new Error('ENOBUFS')
  plumber.desire(on([web]))
  await nextTurn()
  await clock.advance(3000)
  expect(lines).toEqual(["node: can't read its interfaces: ENOBUFS"])
  kernel.blindness = undefined
  await clock.advance(1000)
  expect(kernel.applied).toContain('add route 10.0.0.1/32 dev cali1')
  plumber.stop()
})

test('the grace period of an unknown route counts from when it was first seen, however often it is read', async () => {
  const { kernel, clock, plumber } = plumb()
  const route = { interfaceName: 'cali2', protocol: 3, scope: 253, metric: 0, gateway: undefined }
  kernel.tables.set(2, { ...noTables, routes: [{ ...route, destination: '10.9.0.0/16' }] })
  plumber.desire(on([web]))
  await nextTurn()
  const deletions = () => kernel.applied.filter((line) => line.startsWith('delete route'))
  await clock.advance(9900)
  expect(deletions()).toEqual([])
  await clock.advance(200)
  expect(deletions()).toEqual(['delete route 10.9.0.0/16 dev cali2'])
  plumber.stop()
})

test('a plan changes nothing, and includes what would go after its grace period', () => {
  const { kernel, plumber } = plumb()
  const route = { interfaceName: 'cali2', protocol: 3, scope: 253, metric: 0, gateway: undefined }
  kernel.tables.set(2, { ...noTables, routes: [{ ...route, destination: '10.9.0.0/16' }] })
  const plan = plumber.plan(on([web])).changes
  expect(plan).toContain('add route 10.0.0.1/32 dev cali1')
  expect(plan).toContain('delete route 10.9.0.0/16 dev cali2')
  expect(kernel.applied).toEqual([])
})
