/** A set holds an address exactly if a member of it has that address, whatever came and went before. */
import { cidrContains, type Ip, parseIp } from '@margay/netset'
import { distinctPatterns, matchesDomain } from '@margay/resources'
import { hostWorlds, knownNames, smallCast, withDomains } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AddressSet } from './address-set.ts'
import { StateBuilder } from './build-state.ts'
import { followWorlds, type WorldStep } from './follow-worlds.testkit.ts'
import type { PolicyState } from './policy-state.ts'
import { policiesOf } from './state-text.testkit.ts'

const addresses = [...smallCast.seats, ...smallCast.strangers, ...smallCast.nodes]
  .flatMap((it) => it.addresses)
  .map((text) => parseIp(text) ?? expect.fail(text))

test('who holds an address, and a name, follows changes', () => {
  let builder = new StateBuilder()
  const follow = ({ changes, isFirst }: WorldStep) => {
    if (isFirst) builder = new StateBuilder()
    const { state } = builder.update(changes)
    const sets = new Set(
      policiesOf(state)
        .flatMap(({ ingress, egress }) => [...ingress, ...egress])
        .flatMap(({ source, destination }) => [source.inSet, source.notInSet, destination.inSet])
        .filter((set) => set !== undefined),
    )
    for (const set of sets) {
      const held = addresses.filter((address) => set.holdsAddress(address))
      expect(held).toEqual(addresses.filter((address) => isMember(set, address)))
      const named = names.filter((name) =>
        set.holdsByName({ endpoint: undefined, address: stranger, names: [name] }),
      )
      expect(named).toEqual(names.filter((name) => set.domains.some((it) => matchesDomain(it, name))))
      expect(set.domains).toEqual(domainsOf(state, set))
    }
  }
  followWorlds(follow, withDomains(hostWorlds(smallCast)))
}, 300_000)

const stranger = parseIp('192.0.2.1')
const names = [...new Set(fc.sample(knownNames, { numRuns: 100, seed: 5 }).flat())]

function domainsOf({ networkSets }: PolicyState, set: AddressSet) {
  return distinctPatterns(
    networkSets.filter(({ labels }) => set.selects(labels)).flatMap(({ domains }) => domains),
  )
}

function isMember(set: AddressSet, { version, value }: Ip): boolean {
  const hosts = set.addresses().some((it) => it.version === version && it.value === value)
  return hosts || set.nets.some((net) => cidrContains(net, { version, value }))
}
