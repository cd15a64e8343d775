/**
 * Many selectors of which few concern any endpoint, in a process that runs with --expose-gc. Arguments: SELECTORS ENDPOINTS. Prints a
 * line of JSON: see `Figures`.
 *
 * Each selector is `alpha == 'beta' && has(ipset-N)`, the source of a rule of a policy that governs a local endpoint, and its members
 * were asked for.
 */
import { type PolicyState, StateBuilder } from '@margay/policy'
import type { Pod, Resource } from '@margay/resources'
import { median } from '../../harness/statistics.ts'
import { type FullState, fullState } from './full-state.ts'
import { cpuSeconds, heapMb } from './meter.ts'
import { globalPolicyOf, namespaceOf, podOf } from './objects.ts'

export interface Figures {
  /** An endpoint whose label moves it from one set to another: as a change told to the engine, which answers with a new state. */
  readonly us_per_update: number
  readonly cpu_us_per_update: number
  /** From policies with all selectors, in a cluster that has the endpoints, to their members, for each member. */
  readonly us_per_match: number
  readonly cpu_us_per_match: number
  /** What the engine takes with all selectors and endpoints, after a collection: beside the objects, which take `objects_heap_mb`. */
  readonly heap_mb: number
  readonly objects_heap_mb: number
}

/** As an API limits the size of an object. */
const rulesPerPolicy = 500
const namespace = 'pods'
/** An agent runs for weeks: what counts is what an update costs once the code is compiled. */
const warmingTurns = 3
const measuredTurns = 3

function policies(selectors: number): Resource[] {
  const names = Array.from({ length: selectors }, (_, i) => `alpha == 'beta' && has(ipset-${i})`)
  const lists = Array.from({ length: Math.ceil(selectors / rulesPerPolicy) }, (_, i) =>
    names.slice(i * rulesPerPolicy, (i + 1) * rulesPerPolicy),
  )
  return lists.map((sources, i) => globalPolicyOf(`policy-${i}`, "role == 'local'", sources))
}

function endpoint(index: number, set: number): Pod {
  return podOf({
    namespace,
    name: `pod-${index}`,
    labels: { alpha: 'beta', [`ipset-${set}`]: '' },
    index,
    isLocal: false,
  })
}

const local = podOf({ namespace, name: 'local', labels: { role: 'local' }, index: 1 << 23, isLocal: true })

function come(resources: readonly Resource[]) {
  return resources.map((after) => ({ before: undefined, after }))
}

function full(state: PolicyState): FullState {
  const endpoint = state.endpoints.get(`${namespace}/local`)
  return fullState(state, endpoint === undefined ? [] : [endpoint])
}

function measure(selectors: number, endpoints: number): Figures {
  const empty = heapMb()
  const pods = Array.from({ length: endpoints }, (_, i) => endpoint(i, i % selectors))
  const asking = policies(selectors)
  const objects = heapMb()
  const builder = new StateBuilder()
  builder.update(come([namespaceOf(namespace), local, ...pods]))
  const matching = match(builder, asking)
  const heap = heapMb()
  const updating = update(builder, pods, selectors)
  return { ...updating, ...matching, heap_mb: heap - objects, objects_heap_mb: objects - empty }
}

function match(builder: StateBuilder, asking: readonly Resource[]) {
  const [start, cpuStart] = [performance.now(), cpuSeconds()]
  const { members } = full(builder.update(come(asking)).state)
  const [ms, cpu] = [performance.now() - start, cpuSeconds() - cpuStart]
  let count = 0
  for (const { addresses } of members.values()) count += addresses.length
  return { us_per_match: (ms * 1e3) / count, cpu_us_per_match: (cpu * 1e6) / count }
}

/** Each endpoint becomes another object with another label, in turns: the median of those after the ones that warm up. */
function update(builder: StateBuilder, pods: readonly Pod[], selectors: number) {
  const turns: Turn[] = []
  let from = pods
  for (let step = 1; step <= warmingTurns + measuredTurns; step++) {
    const to = pods.map((_, i) => endpoint(i, (i + step) % selectors))
    // What was made for the turn is not collected in it.
    heapMb()
    turns.push(turn(builder, from, to))
    from = to
  }
  check(full(builder.update([]).state), pods.length)
  const measured = turns.slice(warmingTurns)
  return {
    us_per_update: median(measured.map(({ us }) => us)),
    cpu_us_per_update: median(measured.map(({ cpuUs }) => cpuUs)),
  }
}

/** For each endpoint. */
interface Turn {
  readonly us: number
  readonly cpuUs: number
}

function turn(builder: StateBuilder, from: readonly Pod[], to: readonly Pod[]): Turn {
  const [start, cpuStart] = [performance.now(), cpuSeconds()]
  for (const [i, before] of from.entries()) builder.update([{ before, after: to[i] }])
  const [ms, cpu] = [performance.now() - start, cpuSeconds() - cpuStart]
  return { us: (ms * 1e3) / from.length, cpuUs: (cpu * 1e6) / from.length }
}

/** @throws Error where an endpoint is in another number of sets than one */
function check({ members }: FullState, endpoints: number): void {
  let count = 0
  for (const { addresses } of members.values()) count += addresses.length
  if (count !== endpoints) throw new Error(`${count} members of ${endpoints} endpoints`)
}

const [selectors, endpoints] = process.argv.slice(2)
console.log(JSON.stringify(measure(Number(selectors), Number(endpoints))))
