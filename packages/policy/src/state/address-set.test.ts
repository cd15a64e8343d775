import { parseCidr, parseIp } from '@margay/netset'
import { parseDomainPattern, parseSelector } from '@margay/resources'
import { expect, test } from 'vitest'
import type { Endpoint } from '../model/endpoint.ts'
import type { NetworkSetEntry } from '../model/network-set.ts'
import { AddressSets } from './address-set.ts'

const ip = (text: string) => parseIp(text) ?? expect.fail(text)
const endpoint = (name: string, address: string): Endpoint => ({
  key: `shop/${name}`,
  namespace: 'shop',
  name,
  node: 'n1',
  labels: new Map([['app', name]]),
  addresses: [ip(address)],
  ports: [],
  interfaceName: 'cali0',
  profiles: [],
  allowedSourcePrefixes: [],
  limits: undefined,
})
const partners: NetworkSetEntry = {
  key: 'partners',
  labels: new Map([['app', 'partner']]),
  nets: [parseCidr('203.0.113.0/24') ?? expect.fail()],
  domains: [],
}
const [web, db] = [endpoint('web', '10.0.0.1'), endpoint('db', '10.0.0.2')]
const selectable = { endpoints: [web, db], hostEndpoints: [], networkSets: [partners] }

test('a set tells the selector that it comes from, and equal selectors are one set', () => {
  const sets = new AddressSets(selectable)
  const set = sets.resolve(parseSelector("app=='web'"))
  expect(set.selector).toEqual({ kind: 'Equals', label: 'app', value: 'web' })
  expect(set.id).toBe('app == "web"')
  expect(sets.resolve(parseSelector("( app == 'web' )"))).toBe(set)
})

test('it holds endpoints by who they are and by address, and what network sets cover', () => {
  const set = new AddressSets(selectable).resolve(parseSelector("app in {'web', 'partner'}"))
  expect([...set.endpoints]).toEqual([web])
  expect(set.nets).toEqual(partners.nets)
  expect(set.holds({ endpoint: web, address: undefined })).toBe(true)
  expect(set.holds({ endpoint: db, address: ip('10.0.0.2') })).toBe(false)
  expect(
    ['10.0.0.1', '203.0.113.9', '10.0.0.2', '203.0.114.1'].map((it) => set.holdsAddress(ip(it))),
  ).toEqual([true, true, false, false])
})

test('resolving a selector looks at nobody', () => {
  const looked: string[] = []
  const watched = new Proxy(web, {
    get: (target, field) => {
      looked.push(String(field))
      return Reflect.get(target, field)
    },
  })
  const set = new AddressSets({ endpoints: [watched], hostEndpoints: [], networkSets: [] }).resolve(
    parseSelector("app == 'web'"),
  )
  expect(looked).toEqual([])
  expect(set.endpoints.size).toBe(1)
  expect(looked).toContain('labels')
})

test('a set that was released as often as it was retained is forgotten', () => {
  const sets = new AddressSets(selectable)
  const set = sets.resolve(parseSelector('all()'))
  const ports = sets.namedPorts(['http'], set)
  sets.retain([set, set, ports])
  sets.release([set, ports])
  expect(sets.resolve(parseSelector('all()'))).toBe(set)
  expect(sets.namedPorts(['http'], set)).not.toBe(ports)
  sets.release([set])
  expect(sets.size).toBe(0)
})

const patterns = (...texts: string[]) => texts.map((text) => parseDomainPattern(text) ?? expect.fail(text))
const giver: NetworkSetEntry = { ...partners, key: 'giver', domains: patterns('*.a.com', 'b.com') }
const outside = (...names: string[]) => ({ endpoint: undefined, address: ip('192.0.2.1'), names })

test('it holds addresses outside by the names that its network sets give, but only if it is asked so', () => {
  const sets = new AddressSets({ ...selectable, networkSets: [giver] })
  const set = sets.resolve(parseSelector("app == 'partner'"))
  expect(set.holdsByName(outside('b.com'))).toBe(true)
  expect(set.holdsByName(outside('c.com', 'x.a.com'))).toBe(true)
  expect(set.holdsByName(outside('a.com'))).toBe(false)
  expect(set.holds(outside('b.com'))).toBe(false)
  expect(sets.resolve(parseSelector("app == 'web'")).holdsByName(outside('b.com'))).toBe(false)
})

test('names of workloads and of their addresses count for nothing', () => {
  const sets = new AddressSets({ ...selectable, networkSets: [giver] })
  const set = sets.resolve(parseSelector("app == 'partner'"))
  const listed = sets.domains(patterns('b.com'))
  const names = ['b.com']
  for (const peer of [
    { endpoint: undefined, address: ip('10.0.0.1'), names },
    { endpoint: web, address: ip('192.0.2.1'), names },
    { endpoint: undefined, address: undefined, names },
  ])
    expect([set.holdsByName(peer), listed.holds(peer)]).toEqual([false, false])
  expect(listed.holds(outside('b.com'))).toBe(true)
})
