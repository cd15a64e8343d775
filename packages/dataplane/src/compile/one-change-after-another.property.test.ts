/**
 * A compiler that follows a cluster's life, one change after the other, decides every packet as the path evaluator does, at any time.
 *
 * MARGAY_CASES  how many lives, of 40 changes each; 40 by default.
 * MARGAY_SEED   a whole number that decides them; by default random, and printed when something is found.
 */
import { StateBuilder } from '@margay/policy'
import type { Resource } from '@margay/resources'
import { admitAll, formatManifest, hostWorlds, paths, smallCast, withStaged } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeOf, pathDifference } from '../interpret/path-difference.testkit.ts'
import { Compiler } from './compile.ts'
import { defaultCompileOptions } from './options.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 40)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }
const millisecondsEach = 10_000
const changesEach = 40

const nodeName = smallCast.nodes[0]?.name ?? ''

const cases = fc.tuple(
  fc.record({
    mostOfNarrow: fc.constantFrom(0, 1, defaultCompileOptions.mostOfNarrow),
    leastRoom: fc.constantFrom(1, 8, defaultCompileOptions.leastRoom),
  }),
  fc.array(fc.oneof(hostWorlds(smallCast), withStaged(hostWorlds(smallCast))), {
    minLength: 2,
    maxLength: 6,
  }),
  fc.infiniteStream(fc.nat(0xffff)),
  fc.array(
    paths(smallCast).filter(({ node }) => node === nodeName),
    { minLength: 15, maxLength: 30 },
  ),
)

test(
  'a compiler that follows one change after another agrees with the path evaluator after each',
  () => {
    const agree = fc.property(cases, ([options, pool, chances, probes]) => {
      const life = new Life(pool.map(admitAll), () => chances.next().value)
      const [builder, compiler] = [new StateBuilder(), new Compiler({ ...defaultCompileOptions, ...options })]
      const [first] = probes
      if (first === undefined) return
      const node = nodeOf(first)
      for (let i = 0; i < changesEach; i++) {
        const { state, delta } = builder.build(life.next())
        compiler.update(state, delta, node)
        if (i % 3 === 0) compiler.tidy()
        const [inet] = compiler.ruleset()
        if (inet === undefined) throw new Error('no table')
        const found = probes.map((probe) => pathDifference(state, probe, inet)).find((it) => it !== undefined)
        if (found !== undefined) throw new Error(`change ${i}: ${found}\n${formatManifest(life.objects)}`)
      }
    })
    const found = fc.check(agree, { numRuns, endOnFailure: true, ...seed })
    if (found.failed)
      expect.fail(`MARGAY_SEED=${found.seed}\n${String((found.errorInstance as Error).stack)}`)
  },
  Math.max(60_000, numRuns * millisecondsEach),
)

/** Begins as the first world; then one object after the other goes, comes, or becomes what it is in another world. */
class Life {
  readonly #worlds: readonly ReadonlyMap<string, Resource>[]
  readonly #chance: () => number
  readonly #now: Map<string, Resource>

  constructor(worlds: readonly (readonly Resource[])[], chance: () => number) {
    this.#worlds = worlds.map((world) => new Map(world.map((object) => [identityOf(object), object])))
    this.#chance = chance
    this.#now = new Map(this.#worlds[0])
  }

  get objects(): Resource[] {
    return [...this.#now.values()]
  }

  next(): Resource[] {
    const other = this.#worlds[this.#chance() % this.#worlds.length] ?? new Map<string, Resource>()
    const isGoing = this.#chance() % 8 === 0
    const names = [...(isGoing ? this.#now : other).keys()]
    const name = names[this.#chance() % Math.max(1, names.length)] ?? ''
    const object = isGoing ? undefined : other.get(name)
    if (object === undefined) this.#now.delete(name)
    else this.#now.set(name, object)
    return this.objects
  }
}

function identityOf({ apiVersion, kind, metadata }: Resource): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`
}
