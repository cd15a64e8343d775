/** A set holds an address exactly if a member of it has that address, whatever came and went before. */
import { cidrContains, type Ip, parseIp } from '@margay/netset'
import { smallCast } from '@margay/testkit'
import { expect, test } from 'vitest'
import type { AddressSet } from './address-set.ts'
import { StateBuilder } from './build-state.ts'
import { followWorlds } from './follow-worlds.testkit.ts'
import { policiesOf } from './state-text.testkit.ts'

const addresses = [...smallCast.seats, ...smallCast.strangers, ...smallCast.nodes]
  .flatMap((it) => it.addresses)
  .map((text) => parseIp(text) ?? expect.fail(text))

test('who holds an address follows changes', () => {
  let builder = new StateBuilder()
  followWorlds(({ changes, isFirst }) => {
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
    }
  })
}, 300_000)

function isMember(set: AddressSet, { version, value }: Ip): boolean {
  const hosts = set.addresses().some((it) => it.version === version && it.value === value)
  return hosts || set.nets.some((net) => cidrContains(net, { version, value }))
}
