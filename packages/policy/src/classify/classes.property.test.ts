/** Classes say of every address what rules would find by asking about it. */
import { cidrContains, type Ip, parseIp } from '@margay/netset'
import { admitAll, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PeerMatch } from '../model/rule.ts'
import { addressKey } from '../state/address-key.ts'
import { buildPolicyState } from '../state/build-state.ts'
import type { PolicyState } from '../state/policy-state.ts'
import type { AddressClass } from './address-class.ts'
import { type Criterion, criteriaOf } from './criteria.ts'
import { LiveClasses } from './live-classes.ts'
import { rangeAt } from './range-at.ts'

const addresses = [...smallCast.seats, ...smallCast.strangers, ...smallCast.nodes]
  .flatMap((member) => member.addresses)
  .concat(['0.0.0.0', '255.255.255.255', '203.0.113.9', '::', '2001:db8::9'])
  .map(parseIp)
  .filter((ip) => ip !== undefined)

test('an address meets a criterion if and only if the class in which it is kept does', () => {
  fc.assert(
    fc.property(worlds(smallCast), (objects) => {
      const { state } = buildPolicyState(admitAll(objects))
      const criteria = peersOf(state).flatMap((peer) => criteriaOf(peer).all)
      for (const version of [4, 6] as const) {
        const classes = new LiveClasses(version)
        for (const endpoint of state.endpoints.values()) classes.place(endpoint)
        classes.setNetworkSets(state.networkSets)
        classes.retain(criteria)
        classes.settle()
        for (const address of addresses.filter((it) => it.version === version)) {
          const own = liveClassOf(classes, address)
          for (const criterion of criteria) {
            expect(classes.meeting(criterion).has(own)).toBe(holds(criterion, address))
          }
        }
      }
    }),
    { numRuns: 40 },
  )
})

function liveClassOf({ hosts, ranges, elsewhere }: LiveClasses, address: Ip): AddressClass {
  const host = hosts.get(addressKey(address))
  return host?.class ?? rangeAt(ranges, address.value)?.class ?? elsewhere
}

function peersOf(state: PolicyState): PeerMatch[] {
  return state.tiers.flatMap(({ policies }) =>
    policies.flatMap(({ ingress, egress }) =>
      [...ingress, ...egress].flatMap(({ source, destination }) => [source, destination]),
    ),
  )
}

function holds(criterion: Criterion, address: Ip): boolean {
  switch (criterion.kind) {
    case 'Set':
      return criterion.set.holdsAddress(address)
    case 'Nets':
      return criterion.nets.some((net) => cidrContains(net, address))
    case 'Domains':
      return false
    case 'Service':
      return criterion.service.holdsAddress(address)
    case 'Names':
      return (criterion.ports.named?.members ?? []).some(
        (place) => addressKey(place.address) === addressKey(address),
      )
  }
}
