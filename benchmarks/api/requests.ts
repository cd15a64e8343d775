/** Writes and gets of one object of 1 KiB for each client, over connections that are kept. */
import type { ApiClient } from '@margay/client'
import { kindOf } from '../harness/api-server.ts'
import { type Bench, bench, type Context, type Metrics, type Suite } from '../harness/bench.ts'
import { answersPerSecond, closedLoop, type Operation } from '../harness/closed-loop.ts'
import { interleave } from '../harness/measure.ts'
import { latencies } from '../harness/statistics.ts'
import { Writer } from '../harness/writer.ts'
import { samplePolicy } from '../world/sample-policy.ts'
import { type Servers, startServers } from './servers.ts'

export function requestSuite(isQuick: boolean): Suite {
  const benches = (isQuick ? [1] : [1, 16]).flatMap((clients) => [
    { of: bench('api/write', clients, 'clients'), clients, operation: writes, what: 'writes' },
    { of: bench('api/get', clients, 'clients'), clients, operation: gets, what: 'gets' },
  ])
  return {
    benches: benches.map(({ of }) => of),
    needsRoot: false,
    async *run(context) {
      const targets = await prepare(
        await startServers(context),
        Math.max(...benches.map(({ clients }) => clients)),
      )
      for (const each of benches) yield { bench: each.of, metrics: await measure(each, targets, context) }
    },
  }
}

const kind = kindOf(samplePolicy('any', 0))

function nameOf(client: number): string {
  return `policy-${client}`
}

/** One of the two servers, with an author for each client's object. */
interface Target {
  readonly api: ApiClient
  readonly writers: readonly Writer[]
}

/** The baseline keeps what a first write gave it. */
async function prepare({ margay, raw }: Servers, clients: number): Promise<Targets> {
  const targets = {
    margay: { api: margay.client, writers: [] as Writer[] },
    raw: { api: raw, writers: [] as Writer[] },
  }
  for (let client = 0; client < clients; client++) {
    const stored = await margay.client.create(kind, samplePolicy(nameOf(client), 0))
    await raw.update(kind, stored)
    for (const { api, writers } of [targets.margay, targets.raw]) writers.push(new Writer(api, stored))
  }
  return targets
}

interface Targets {
  readonly margay: Target
  readonly raw: Target
}

interface Requests {
  readonly of: Bench
  readonly clients: number
  readonly operation: (target: Target) => Operation
  readonly what: string
}

async function measure(
  { clients, operation, what }: Requests,
  { margay, raw }: Targets,
  { isQuick }: Context,
): Promise<Metrics> {
  const roundMs = isQuick ? 20 : 500
  const samples = await interleave(
    {
      margay: () => closedLoop(clients, roundMs, operation(margay)),
      raw: () => closedLoop(clients, roundMs, operation(raw)),
    },
    isQuick ? 1 : 5,
  )
  const [rate, baseline] = [answersPerSecond(samples.margay), answersPerSecond(samples.raw)]
  return {
    [`${what}_per_s`]: rate,
    ...latencies(samples.margay.flatMap(({ latenciesMs }) => latenciesMs)),
    [`baseline_${what}_per_s`]: baseline,
    ratio: rate / baseline,
  }
}

let order = 0

/** Each differs from the last: a write that changes nothing would not be stored. */
function writes({ writers }: Target): Operation {
  return (client) => {
    const writer = writers[client]
    if (writer === undefined) throw new RangeError(`there is no client ${client}`)
    return writer.write(samplePolicy(nameOf(client), ++order))
  }
}

function gets({ api }: Target): Operation {
  return (client) => api.get(kind, { namespace: 'default', name: nameOf(client) })
}
