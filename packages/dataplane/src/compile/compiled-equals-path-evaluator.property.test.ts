/**
 * What compile makes of a node decides every packet on its way through all hooks as the path evaluator does.
 *
 * MARGAY_CASES  how many worlds; 300 by default.
 * MARGAY_SEED   a whole number that decides them; by default random, and printed when something is found.
 */
import type { TableContent } from '@margay/netlink/nftables'
import { buildPolicyState, type PolicyState } from '@margay/policy'
import {
  admitAll,
  formatManifest,
  hostWorlds,
  type PathProbe,
  paths,
  smallCast,
  withStaged,
} from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { traverse } from '../interpret/path.testkit.ts'
import { nodeOf, packetOf, pathDifference } from '../interpret/path-difference.testkit.ts'
import { stagedCounts } from '../interpret/staged-counts.testkit.ts'
import { compile } from './compile.ts'
import { type CompileOptions, defaultCompileOptions } from './options.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 300)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }
const millisecondsEach = 1000

const cases = fc.tuple(
  fc.constantFrom(0, 1, defaultCompileOptions.mostOfNarrow),
  fc.oneof(hostWorlds(smallCast), withStaged(hostWorlds(smallCast))),
  fc.array(paths(smallCast), { minLength: 15, maxLength: 30 }),
)

test(
  'the compiled tables give every packet the way of the path evaluator, in every world',
  () => {
    let countsOfStaged = 0
    const agree = fc.property(cases, ([mostOfNarrow, objects, probes]) => {
      const { state } = buildPolicyState(admitAll(objects))
      const tables = new Tables(state, { ...defaultCompileOptions, mostOfNarrow })
      for (const probe of probes) {
        const found = pathDifference(state, probe, tables.of(probe))
        countsOfStaged += stagedCounts(traverse(tables.of(probe), packetOf(state, probe))).length
        if (found !== undefined) throw new Error(`${found}\n${formatManifest(objects)}`)
      }
    })
    const found = fc.check(agree, { numRuns, ...seed })
    if (found.failed) expect.fail(`MARGAY_SEED=${found.seed}\n${String(found.errorInstance)}`)
    expect(countsOfStaged).toBeGreaterThan(numRuns)
  },
  Math.max(60_000, numRuns * millisecondsEach),
)

/** Of each node, compiled once. A node's interfaces are the same in all probes. */
class Tables {
  readonly #state: PolicyState
  readonly #options: CompileOptions
  readonly #byNode = new Map<string, TableContent>()

  constructor(state: PolicyState, options: CompileOptions) {
    this.#state = state
    this.#options = options
  }

  of(probe: PathProbe): TableContent {
    const known = this.#byNode.get(probe.node)
    if (known !== undefined) return known
    const [inet] = compile(this.#state, nodeOf(probe), this.#options)
    if (inet === undefined) throw new Error('no table')
    this.#byNode.set(probe.node, inet)
    return inet
  }
}
