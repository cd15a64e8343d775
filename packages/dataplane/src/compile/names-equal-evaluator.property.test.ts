/**
 * While names of addresses are learnt and forgotten, and policy changes between, the compiled tables decide every packet as the evaluator
 * does with the names of that moment.
 *
 * MARGAY_CASES  how many lives, of 12 changes each; 30 by default.
 * MARGAY_SEED   a whole number that decides them; by default random, and printed when something is found.
 */
import { parseIp } from '@margay/netset'
import { addressKey, type Flow, type NamedAddress, StateBuilder } from '@margay/policy'
import {
  admitAll,
  flowOf,
  formatManifest,
  knownNames,
  packets,
  smallCast,
  withDomains,
  worlds,
} from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CompiledCast } from '../interpret/judge.testkit.ts'
import { verdictDifference } from '../interpret/verdict-difference.testkit.ts'
import { defaultCompileOptions } from './options.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 30)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }
const millisecondsEach = 10_000

const cases = fc.tuple(
  fc.record({
    mostOfNarrow: fc.constantFrom(0, 1, defaultCompileOptions.mostOfNarrow),
    leastRoom: fc.constantFrom(1, 8, defaultCompileOptions.leastRoom),
  }),
  fc.array(withDomains(worlds(smallCast)), { minLength: 1, maxLength: 3 }),
  fc.array(packets(smallCast), { minLength: 15, maxLength: 25 }),
  fc.array(
    fc.record({
      /** Which world there is from now on; undefined: the same as before. */
      world: fc.option(fc.nat(2), { freq: 3, nil: undefined }),
      names: fc.array(fc.tuple(fc.nat(), knownNames), { maxLength: 4 }),
    }),
    { minLength: 4, maxLength: 12 },
  ),
)

test(
  'learning and forgetting names, the compiled tables stay what the evaluator says',
  () => {
    const agree = fc.property(cases, ([options, pool, asked, changes]) => {
      const builder = new StateBuilder()
      const known = new Map<string, NamedAddress>()
      const addresses = asked.map(({ destinationIp }) => parseIp(destinationIp) ?? expect.fail(destinationIp))
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
        const learnt = names.flatMap(([at, list]): NamedAddress[] => {
          const address = addresses[at % addresses.length]
          return address === undefined ? [] : [{ address, names: list }]
        })
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
