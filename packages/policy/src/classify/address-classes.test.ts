import { parseIp } from '@margay/netset'
import { parseSelector } from '@margay/resources'
import { expect, test } from 'vitest'
import { AddressSets } from '../state/address-set.ts'
import { meets } from './address-class.ts'
import { AddressClasses } from './address-classes.ts'
import { Criteria, type Criterion } from './criteria.ts'
import type { Located } from './located.ts'

const sets = new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] })

function selecting(text: string): Criterion {
  const set = sets.resolve(parseSelector(text))
  return { key: `s ${set.id}`, kind: 'Set', set }
}

function endpoint(ip: string, labels: Readonly<Record<string, string>>): Located {
  const address = parseIp(ip)
  return {
    labels: new Map(Object.entries(labels)),
    addresses: address === undefined ? [] : [address],
    ports: [],
  }
}

test('a class that stays when more is read forgets labels of an endpoint that is of another class now', () => {
  const endpoints = [endpoint('10.0.0.1', { app: 'web', zone: 'east' }), endpoint('10.0.0.2', { app: 'web' })]
  const population = { endpoints, networkSets: [] }
  const [app, zone] = [selecting("app == 'web'"), selecting("zone == 'east'")]
  const before = new AddressClasses(4, population, new Criteria([app]))
  expect(new Set(before.hosts.map((host) => host.class)).size).toBe(1)
  const after = new AddressClasses(4, population, new Criteria([app, zone]), before)
  expect(after.hosts.map((host) => meets(zone, host.class))).toEqual([true, false])
})

test('classes that are there again are the same objects', () => {
  const population = { endpoints: [endpoint('10.0.0.1', { app: 'web' })], networkSets: [] }
  const criteria = new Criteria([selecting("app == 'web'")])
  const before = new AddressClasses(4, population, criteria)
  const after = new AddressClasses(4, population, criteria, before)
  expect(after.hosts[0]?.class).toBe(before.hosts[0]?.class)
})
