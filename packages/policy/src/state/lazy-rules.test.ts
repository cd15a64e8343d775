/** What policies keep, when their rules are asked for and when they are gone. */
import type { ResourceObject } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import { beforeEach, expect, test } from 'vitest'
import type { Policy } from '../model/policy.ts'
import { allow, policy } from '../reference/cases/objects.testkit.ts'
import { AddressSets } from './address-set.ts'
import { LivePolicies } from './live-policies.ts'
import { Problems } from './problems.ts'
import { type PolicyResource, tableDelta } from './resource-table.ts'
import { ServiceSets } from './service-set.ts'

const fromWeb = { ...allow, source: { selector: "app == 'web'" } }
const fromService = { ...allow, source: { services: { name: 'db', namespace: 'shop' } } }
const [one, again, two, named] = [
  policy('one', { ingress: [fromWeb] }),
  policy('one', { order: 1, ingress: [fromWeb] }),
  policy('two', { egress: [fromWeb] }),
  policy('named', { ingress: [fromService] }),
].map(admitted)

let sets: AddressSets
let services: ServiceSets
let live: LivePolicies
beforeEach(() => {
  sets = new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] })
  services = new ServiceSets()
  live = new LivePolicies({
    sets,
    services,
    nodes: () => [],
    problems: new Problems(({ message }) => message),
  })
})

function admitted(object: ResourceObject): PolicyResource {
  return admitAll([object])[0] as PolicyResource
}

/** Those that come. */
function change(before: PolicyResource | undefined, after: PolicyResource | undefined): readonly Policy[] {
  return live.update(tableDelta([{ before, after }]), new Set()).enforced.come
}

test('nothing is resolved before somebody asks, and what is asked for again is the same', () => {
  const [made] = change(undefined, one)
  expect(sets.size).toBe(0)
  const rules = made?.ingress
  expect(rules?.[0]?.source.inSet?.id).toContain('web')
  expect(sets.size).toBe(1)
  expect(made?.ingress).toBe(rules)
  expect(made?.egress).toEqual([])
})

test('peers that say the same are one object, also of policies that are asked one after the other', () => {
  const [first, second] = [...change(undefined, one), ...change(undefined, two)]
  expect(first?.ingress[0]?.source).toBe(second?.egress[0]?.source)
})

test('a policy that takes the place of another finds what was found for that one', () => {
  const [before] = change(undefined, one)
  const set = before?.ingress[0]?.source.inSet
  const [after] = change(one, again)
  expect(after?.ingress[0]?.source.inSet).toBe(set)
  change(undefined, two)
  expect(sets.size).toBe(1)
})

test('what only policies named that are gone is forgotten when others change', () => {
  const [made] = change(undefined, one)
  expect(made?.ingress).toHaveLength(1)
  change(one, undefined)
  change(undefined, two)
  expect(sets.size).toBe(0)
})

test('a policy that is asked first when it is gone says what it said, and leaves nothing', () => {
  const [made] = change(undefined, one)
  const [ofService] = change(undefined, named)
  change(one, undefined)
  change(named, undefined)
  expect(made?.ingress[0]?.source.inSet?.id).toContain('web')
  const service = ofService?.ingress[0]?.source.inService
  expect(service?.id).toBe('service shop/db')
  change(undefined, two)
  expect(sets.size).toBe(0)
  expect(services.resolve('shop', 'db')).not.toBe(service)
})

test('whose service changed is told, asked for or not', () => {
  change(undefined, named)
  const [slice] = admitAll([
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace: 'shop', name: 'db-1', labels: { 'kubernetes.io/service-name': 'db' } },
      addressType: 'IPv4',
      endpoints: [],
    } as ResourceObject,
  ])
  const changes = tableDelta([{ before: undefined, after: slice }])
  expect([...services.update(changes.endpointSlices)]).toEqual([named])
  change(named, undefined)
  expect([...services.update({ gone: changes.endpointSlices.come, come: [] })]).toEqual([])
})
