import { type Ip, lastAddress, parseCidr, parseIp } from '@margay/netset'
import type { Resource } from '@margay/resources'
import { admitAll, flowOf, packets, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../../evaluate/evaluate.ts'
import type { Flow } from '../../model/flow.ts'
import { buildPolicyState } from '../../state/build-state.ts'
import { removed } from './change.ts'
import { OtherConnections } from './other-connections.ts'
import { WhatIf } from './what-if.ts'

test('the connections that are counted are those that differ when all of them are asked', () => {
  fc.assert(
    fc.property(worlds(smallCast), packets(smallCast), fc.nat(), (objects, packet, chance) => {
      const resources = admitAll(objects)
      const policies = resources.filter(({ kind }) => kind.endsWith('NetworkPolicy'))
      const policy = policies[chance % policies.length]
      if (policy === undefined) return
      const flow = flowOf(buildPolicyState(resources).state, packet)
      const asked = { flow, from: undefined, to: undefined }
      const effect = new OtherConnections(asked, new WhatIf(resources)).effectOf([removed(policy)])
      const rest = resources.filter((it) => it !== policy)
      expect(effect.isComplete).toBe(true)
      expect(effect.others).toBe(differences(resources, rest, flow))
    }),
    { numRuns: 80 },
  )
}, 300_000)

/** Between pods, and of pods with all addresses outside together, at the port of the flow. */
function differences(before: readonly Resource[], after: readonly Resource[], flow: Flow): number {
  const places = placesIn(before, flow)
  const [old, now] = [verdicts(before, flow, places), verdicts(after, flow, places)]
  const pairs = [...old].filter(([pair, verdict]) => now.get(pair) !== verdict).map(([pair]) => pair)
  return new Set(pairs.map((pair) => pair.replaceAll(/@\S+/g, 'outside'))).size
}

/** Each address at which one that somebody wrote begins or ends, and those beside it. */
function placesIn(resources: readonly Resource[], { ipVersion }: Flow): Ip[] {
  const written = JSON.stringify(resources).match(/(?<=")[0-9a-f:.]+(?:\/\d+)?(?=")/g) ?? []
  const ends = written.flatMap((text) => {
    const [net, ip] = [parseCidr(text), parseIp(text)]
    if (net?.version === ipVersion) return [net.base, lastAddress(net)]
    return ip?.version === ipVersion ? [ip.value] : []
  })
  const values = ends.flatMap((it) => [it - 1n, it, it + 1n])
  const highest = ipVersion === 4 ? 2n ** 32n : 2n ** 128n
  const inside = [0n, ...values].filter((value) => 0n <= value && value < highest)
  return [...new Set(inside)].map((value) => ({ version: ipVersion, value }) as Ip)
}

function verdicts(resources: readonly Resource[], flow: Flow, places: readonly Ip[]): Map<string, string> {
  const { state } = buildPolicyState(resources)
  const pods = [...state.endpoints.values()].flatMap((endpoint) => {
    const address = endpoint.addresses.find(({ version }) => version === flow.ipVersion)
    return address === undefined && endpoint.addresses.length > 0 ? [] : [{ endpoint, address }]
  })
  const strangers = places.map((it) => state.peerAt(it)).filter(({ endpoint }) => endpoint === undefined)
  const ends = [...pods, ...strangers]
  const pairs = ends.flatMap((source) => ends.map((destination) => ({ source, destination })))
  const asked = nameOf(flow)
  return new Map(
    pairs
      .filter(
        ({ source, destination }) => source.endpoint !== undefined || destination.endpoint !== undefined,
      )
      .filter((ends) => nameOf(ends) !== asked)
      .map((ends) => [nameOf(ends), evaluate(state, { ...flow, ...ends }).verdict]),
  )
}

function nameOf({ source, destination }: Pick<Flow, 'source' | 'destination'>): string {
  const name = ({ endpoint, address }: Flow['source']) => endpoint?.key ?? `@${address?.value}`
  return `${name(source)} ${name(destination)}`
}
