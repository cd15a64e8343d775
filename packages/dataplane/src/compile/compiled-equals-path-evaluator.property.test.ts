/**
 * What compile makes of a node decides every packet on its way through all hooks as the path evaluator does.
 *
 * MARGAY_CASES  how many worlds; 300 by default.
 * MARGAY_SEED   a whole number that decides them; by default random, and printed when something is found.
 */
import type { TableContent } from '@margay/netlink/nftables'
import { parseIp } from '@margay/netset'
import {
  buildPolicyState,
  evaluatePath,
  formatPath,
  type Leg,
  type PathPacket,
  type PolicyState,
  resolveHostEndpoints,
} from '@margay/policy'
import {
  admitAll,
  flowOf,
  formatManifest,
  hostWorlds,
  type PathLeg,
  type PathProbe,
  paths,
  smallCast,
} from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { traverse } from '../interpret/path.testkit.ts'
import { compile } from './compile.ts'
import { type CompileOptions, defaultCompileOptions } from './options.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 300)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }
const millisecondsEach = 300

const cases = fc.tuple(
  fc.constantFrom(0, 1, defaultCompileOptions.mostOfNarrow),
  hostWorlds(smallCast),
  fc.array(paths(smallCast), { minLength: 15, maxLength: 30 }),
)

test(
  'the compiled tables give every packet the way of the path evaluator, in every world',
  () => {
    const agree = fc.property(cases, ([mostOfNarrow, objects, probes]) => {
      const { state } = buildPolicyState(admitAll(objects))
      const tables = new Tables(state, { ...defaultCompileOptions, mostOfNarrow })
      for (const probe of probes) {
        const found = difference(state, probe, tables)
        if (found !== undefined) throw new Error(`${found}\n${formatManifest(objects)}`)
      }
    })
    const found = fc.check(agree, { numRuns, ...seed })
    if (found.failed) expect.fail(`MARGAY_SEED=${found.seed}\n${String(found.errorInstance)}`)
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
    const node = { name: probe.node, interfaces: interfacesOf(probe), linkLocals: new Map() }
    const [inet] = compile(this.#state, node, this.#options)
    if (inet === undefined) throw new Error('no table')
    this.#byNode.set(probe.node, inet)
    return inet
  }
}

function difference(state: PolicyState, probe: PathProbe, tables: Tables): string | undefined {
  const interfaces = interfacesOf(probe)
  const packet = packetOf(state, probe)
  const { interfacePrefixes } = state.settingsOf(probe.node)
  const governing = resolveHostEndpoints(
    state.hostEndpoints.values(),
    probe.node,
    interfaces,
    interfacePrefixes,
  )
  const decision = evaluatePath(state, { name: probe.node, governing }, packet)
  const hooks = traverse(tables.of(probe), packet)
  const verdict = hooks.every((hook) => hook.verdict === 'accept') ? 'Allow' : 'Deny'
  if (verdict === decision.verdict) return undefined
  return [
    JSON.stringify(probe),
    `evaluator: ${decision.verdict}`,
    ...formatPath(decision),
    `compiled: ${verdict}`,
    ...hooks.map((hook) => `  ${hook.verdict} ${hook.comment ?? ''}`),
  ].join('\n')
}

function interfacesOf({ interfaces }: PathProbe) {
  return interfaces.map(({ name, addresses }, index) => ({
    name,
    index,
    handsOn: false,
    addresses: addresses.map(parseIp).filter((ip) => ip !== undefined),
  }))
}

function packetOf(state: PolicyState, { from, original, translated }: PathProbe): PathPacket {
  const leg = ({ packet, to }: PathLeg): Leg => ({ flow: flowOf(state, packet), outInterface: to })
  return {
    inInterface: from,
    original: leg(original),
    translated: translated === undefined ? undefined : leg(translated),
  }
}
