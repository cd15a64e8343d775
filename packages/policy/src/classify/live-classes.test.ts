import { type Cidr, parseCidr, parseIp } from '@margay/netset'
import { parseSelector } from '@margay/resources'
import { expect, test } from 'vitest'
import { AddressSets } from '../state/address-set.ts'
import { ServiceSet } from '../state/service-set.ts'
import { type Criterion, netListKey } from './criteria.ts'
import { LiveClasses } from './live-classes.ts'
import type { Located } from './located.ts'

const sets = new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] })
const web = endpoint('10.0.0.1', { app: 'web', zone: 'east' })
const other = endpoint('10.0.0.2', { app: 'web' })
const [app, zone] = [selecting("app == 'web'"), selecting("zone == 'east'")]

test('keys are those that numbers in the kernel were made of before', () => {
  const live = placed({ ...web, ports: [{ name: 'http', protocol: 6, port: 80 }] })
  live.setNetworkSets([
    { key: 'set', labels: new Map([['app', 'web']]), nets: [cidr('10.0.0.0/24')], domains: [] },
  ])
  const ports = { ranges: [], names: ['http'], namesWithin: undefined, named: undefined }
  live.retain([app, listing('10.0.0.0/16'), { key: 'p', kind: 'Names', ports }, serving('10.0.0.1')])
  live.settle()
  const [host] = live.hosts.values()
  expect(host?.class.key).toBe(
    String.raw`h[["[[\"app=web\"],[\"http 6 80\"]]"],["n 10.0.0.0/16","s [\"app=web\"]"],["[\"service n/s\",[\"service n/s 6 8080\"]]"]]`,
  )
  expect(live.ranges.map((it) => it.class.key)).toEqual([
    String.raw`r["n 10.0.0.0/16","s [\"app=web\"]"]`,
    'r["n 10.0.0.0/16"]',
  ])
  expect(live.elsewhere.key).toBe('r[]')
})

test('a policy that goes and comes again moves no address, until it is forgotten', () => {
  const live = placed(web, other)
  live.retain([app, zone])
  live.settle()
  const before = [...live.hosts.values()]
  live.release([zone])
  expect(live.settle().hosts).toEqual([])
  live.retain([zone])
  expect(live.settle()).toEqual({ hosts: [], areRangesChanged: false, come: [], gone: [] })
  live.release([zone])
  live.forget()
  expect([...live.hosts.values()]).toEqual(before)
  expect(live.settle().hosts.map(({ key }) => key)).toEqual(['4:167772161'])
  expect(() => live.meeting(zone)).toThrow(RangeError)
})

test('what is in use again before the next settlement is not forgotten', () => {
  const live = placed(web, other)
  live.retain([app, zone])
  live.settle()
  live.release([zone])
  live.forget()
  live.retain([zone])
  expect(live.settle().hosts).toEqual([])
  expect(live.meeting(zone).size).toBe(1)
})

test('what is retained twice is in use until it is released twice', () => {
  const live = placed(web, other)
  live.retain([app, zone, zone])
  live.settle()
  live.release([zone])
  live.forget()
  expect(live.settle().hosts).toEqual([])
  live.release([zone])
  expect(() => live.release([zone])).toThrow(RangeError)
})

test('only endpoints that have a newly read label change, and classes of others are the same objects', () => {
  const live = placed(web, other)
  live.retain([app])
  live.settle()
  const [before] = live.hosts.values()
  live.retain([zone])
  const changes = live.settle()
  expect(changes.hosts.map(({ key }) => key)).toEqual(['4:167772161'])
  expect(changes.gone).toEqual([])
  expect(live.hosts.get('4:167772162')?.class).toBe(before?.class)
})

test('a new criterion finds classes of a label that another class had, which is gone', () => {
  const live = placed(web, other)
  live.retain([selecting('!has(app)'), zone])
  live.settle()
  live.displace(web)
  live.settle()
  live.retain([app])
  live.settle()
  expect([...live.meeting(app)]).toEqual([live.hosts.get('4:167772162')?.class])
})

test('an address that only a service lists is there as long as the service lists it', () => {
  const live = placed()
  const [old, now] = [serving('192.0.2.1'), serving('192.0.2.2')]
  live.retain([old])
  live.settle()
  live.retain([now])
  live.release([old])
  const changes = live.settle()
  expect(changes.hosts.map(({ before, after }) => [before?.key, after?.key])).toEqual([
    ['4:3221225985', undefined],
    [undefined, '4:3221225986'],
  ])
  expect(live.meeting(now).size).toBe(1)
})

test('an equal criterion of another state takes the place of the one before, which may be dropped', () => {
  const live = placed(web)
  live.retain([app])
  live.settle()
  const [host] = live.hosts.values()
  if (host === undefined) expect.fail('no host')
  expect(live.criteriaMetBy(host.class)).toEqual([app])
  const later = selecting(
    "app == 'web'",
    new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] }),
  )
  live.retain([later])
  live.settle()
  const [met] = live.criteriaMetBy(host.class)
  expect(met).toBe(later)
})

function placed(...located: Located[]): LiveClasses {
  const live = new LiveClasses(4)
  for (const it of located) live.place(it)
  return live
}

function selecting(text: string, among = sets): Criterion {
  const set = among.resolve(parseSelector(text))
  return { key: `s ${set.id}`, kind: 'Set', set, countsNames: false }
}

function listing(...texts: string[]): Criterion {
  const nets = texts.map(cidr)
  return { key: `n ${netListKey(nets)}`, kind: 'Nets', nets }
}

function serving(address: string): Criterion {
  const service = new ServiceSet('service n/s', [
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'slice' },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address] }],
      ports: [{ port: 8080 }],
    },
  ])
  return { key: service.id, kind: 'Service', service }
}

function endpoint(address: string, labels: Readonly<Record<string, string>>): Located {
  const ip = parseIp(address) ?? expect.fail(address)
  return { labels: new Map(Object.entries(labels)), addresses: [ip], ports: [] }
}

function cidr(text: string): Cidr {
  return parseCidr(text) ?? expect.fail(text)
}
