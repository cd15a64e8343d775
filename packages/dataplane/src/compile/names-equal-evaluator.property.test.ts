/**
 * While names of addresses are learnt and forgotten, and policy changes between, the compiled tables decide every packet as the evaluator
 * does with the names of that moment.
 *
 * MARGAY_CASES  how many lives, of up to 8 changes each; 30 by default.
 * MARGAY_SEED   a whole number that decides them; by default random, and printed when something is found.
 */
import { parseIp } from '@margay/netset'
import { addressKey, type Flow, type NamedAddress, StateBuilder } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { admitAll, flowOf, formatManifest, knownNames, type Packet, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CompiledCast } from '../interpret/judge.testkit.ts'
import { verdictDifference } from '../interpret/verdict-difference.testkit.ts'
import { defaultCompileOptions } from './options.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 30)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }
const millisecondsEach = 10_000

const patterns = ['a.com', '*.com', '*.a.com', 'www.*', 'b.org'] as const
const domains = fc.subarray([...patterns], { minLength: 1, maxLength: 2 })
const selector = fc.constantFrom("kind == 'x'", "kind == 'y'", 'has(kind)', 'all()')
const net = fc.constantFrom('203.0.113.0/24', '198.51.100.9/32', '10.65.0.0/17', '2001:db8::/48')
const ports = fc.option(fc.constant([80]), { nil: undefined, freq: 3 })
const egressRule = fc.oneof(
  { weight: 3, arbitrary: allowTo(fc.record({ domains, ports })) },
  { weight: 3, arbitrary: allowTo(fc.record({ selector, ports })) },
  {
    weight: 1,
    arbitrary: allowTo(fc.record({ domains, notNets: fc.array(net, { minLength: 1, maxLength: 1 }) })),
  },
  { weight: 1, arbitrary: allowTo(fc.record({ domains, notSelector: selector })) },
  {
    weight: 1,
    arbitrary: fc
      .record({ selector })
      .map((destination) => ({ action: 'Deny', protocol: 'TCP', destination })),
  },
)
const networkSets = fc.array(
  fc.record({
    kind: fc.constantFrom('x', 'y'),
    nets: fc.array(net, { maxLength: 1 }),
    domains: fc.option(domains, { nil: [] }),
  }),
  { maxLength: 3 },
)

function allowTo(destination: fc.Arbitrary<object>) {
  return destination.map((it) => ({
    action: 'Allow',
    protocol: 'TCP',
    destination: Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)),
  }))
}

/** In which rules decide about names as often as about anything else. */
const denseWorlds = fc
  .tuple(worlds(smallCast), fc.array(egressRule, { minLength: 1, maxLength: 4 }), networkSets)
  .map(([objects, egress, sets]): ResourceObject[] => [
    ...objects.filter(({ apiVersion }) => apiVersion === 'v1'),
    v3('GlobalNetworkPolicy', 'names', { selector: 'all()', types: ['Egress'], egress }),
    v3('GlobalNetworkPolicy', 'in', {
      selector: 'all()',
      types: ['Ingress'],
      ingress: [{ action: 'Allow' }],
    }),
    ...sets.map(({ kind, nets, domains: allowedEgressDomains }, index) =>
      v3('GlobalNetworkSet', `set-${index}`, { nets, allowedEgressDomains }, { kind }),
    ),
  ])

function v3(kind: string, name: string, spec: object, labels: Record<string, string> = {}): ResourceObject {
  return { apiVersion: 'projectcalico.org/v3', kind, metadata: { name, labels }, spec } as ResourceObject
}

const places = [...smallCast.seats, ...smallCast.strangers].flatMap(({ addresses }) => addresses)
const asked: readonly Packet[] = smallCast.seats.flatMap(({ addresses }) =>
  addresses.slice(0, 2).flatMap((sourceIp) =>
    places
      .filter((it) => it.includes(':') === sourceIp.includes(':') && it !== sourceIp)
      .map((destinationIp, at) => ({
        sourceIp,
        destinationIp,
        protocol: 6,
        sourcePort: 1024,
        destinationPort: at % 3 === 0 ? 443 : 80,
      })),
  ),
)

const cases = fc.tuple(
  fc.record({
    mostOfNarrow: fc.constantFrom(0, 1, defaultCompileOptions.mostOfNarrow),
    leastRoom: fc.constantFrom(1, 8, defaultCompileOptions.leastRoom),
  }),
  fc.array(denseWorlds, { minLength: 1, maxLength: 3 }),
  fc.array(
    fc.record({
      /** Which world there is from now on; undefined: the same as before. */
      world: fc.option(fc.nat(2), { freq: 2, nil: undefined }),
      names: fc.array(fc.tuple(fc.constantFrom(...places), knownNames), { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 2, maxLength: 8 },
  ),
)

test(
  'learning and forgetting names, the compiled tables stay what the evaluator says',
  () => {
    const agree = fc.property(cases, ([options, pool, changes]) => {
      const builder = new StateBuilder()
      const known = new Map<string, NamedAddress>()
      let objects = pool[0] ?? []
      let { state } = builder.build(admitAll(objects))
      const compiled = new CompiledCast(state, smallCast, { ...defaultCompileOptions, ...options })
      for (const [index, { world, names }] of changes.entries()) {
        const next = world === undefined ? undefined : pool[world]
        if (next !== undefined) {
          objects = next
          const built = builder.build(admitAll(objects))
          state = built.state
          compiled.update(state, built.delta)
        }
        const learnt = names.map(([place, list]) => ({
          address: parseIp(place) ?? expect.fail(place),
          names: list,
        }))
        compiled.learn(learnt)
        for (const it of learnt) known.set(addressKey(it.address), it)
        if (index % 3 === 2) compiled.tidy()
        for (const packet of asked) {
          const flow = flowOf(state, packet)
          const found = verdictDifference(state, compiled, packet, withNames(flow, known))
          if (found !== undefined) throw new Error(`change ${index}: ${found}\n${formatManifest(objects)}`)
        }
      }
    })
    const found = fc.check(agree, { numRuns, ...seed })
    if (found.failed)
      expect.fail(`MARGAY_SEED=${found.seed}\n${String((found.errorInstance as Error).stack)}`)
  },
  Math.max(300_000, numRuns * millisecondsEach),
)

function withNames(flow: Flow, known: ReadonlyMap<string, NamedAddress>): Flow {
  const { address } = flow.destination
  const names = address === undefined ? [] : (known.get(addressKey(address))?.names ?? [])
  return { ...flow, destination: { ...flow.destination, names } }
}
