/**
 * The engine by itself, in a process that runs with --expose-gc. Arguments: SHAPE SIZE. Prints a line of JSON: see `Figures`.
 *
 * The objects are there, as admission leaves them, before the time starts; they are in memory until the end, so that what the engine
 * keeps of them is not counted a second time.
 */
import { StateBuilder } from '@margay/policy'
import type { Resource } from '@margay/resources'
import { type FullState, fullState } from './full-state.ts'
import { cpuSeconds, heapMb } from './meter.ts'
import { isLocal, isolatedCustomers, netsets, type Shape, snapshot } from './shapes.ts'

export interface Figures {
  /** From all objects to the full state of the local endpoints, and from their deletion to that of none. */
  readonly seconds: number
  /** Of these, what this thread had a processor for: what else the machine does is not in it. */
  readonly cpu_seconds: number
  readonly delete_ms: number
  /** What the engine and the full state take, after a collection: beside the objects, which take `objects_heap_mb`. */
  readonly heap_mb: number
  readonly objects_heap_mb: number
  readonly sets: number
  readonly members: number
}

const shapes: Readonly<Record<string, Shape>> = { snapshot, netsets, isolatedCustomers }

function measure(make: () => Resource[]): Figures {
  const empty = heapMb()
  const resources = make()
  const local = resources.filter((it) => it.kind === 'Pod').filter(isLocal)
  const objects = heapMb()

  const cpuStart = cpuSeconds()
  const start = performance.now()
  const builder = new StateBuilder()
  const { state } = builder.update(resources.map((after) => ({ before: undefined, after })))
  const keys = local.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  const full = fullState(
    state,
    keys.map((key) => state.endpoints.get(key)).filter((it) => it !== undefined),
  )
  const inMs = performance.now() - start
  const inCpu = cpuSeconds() - cpuStart
  const heap = heapMb()
  const counts = countsOf(full, local.length)

  const cpuDeletion = cpuSeconds()
  const deletion = performance.now()
  const after = builder.update(local.map((before) => ({ before, after: undefined })))
  const rest = fullState(
    after.state,
    keys.map((key) => after.state.endpoints.get(key)).filter((it) => it !== undefined),
  )
  const deleteMs = performance.now() - deletion
  const deleteCpu = cpuSeconds() - cpuDeletion
  if (rest.members.size > 0) throw new Error('something is left of endpoints that are gone')
  return {
    seconds: (inMs + deleteMs) / 1000,
    cpu_seconds: inCpu + deleteCpu,
    delete_ms: deleteMs,
    heap_mb: heap - objects,
    objects_heap_mb: objects - empty,
    ...counts,
  }
}

/** That all was worked out, and nothing twice. */
function countsOf({ governing, members }: FullState, local: number): Pick<Figures, 'sets' | 'members'> {
  if (governing.size !== local) throw new Error(`${governing.size} endpoints are known, not ${local}`)
  let count = 0
  for (const { addresses, nets } of members.values()) count += addresses.length + nets.length
  return { sets: members.size, members: count }
}

const [name = '', size] = process.argv.slice(2)
const shape = shapes[name]
if (shape === undefined) throw new Error(`there is no shape "${name}"`)
console.log(JSON.stringify(measure(() => shape(Number(size)))))
