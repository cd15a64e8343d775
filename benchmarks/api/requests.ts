/** Writes and gets of one object of 1 KiB for each client, over connections that are kept. */
import type { ApiClient } from '@margay/client'
import { EtcdServer } from '../../packages/storage/src/testing/etcd-server.ts'
import { type ApiServerOptions, kindOf } from '../harness/api-server.ts'
import { type Bench, bench, type Context, type Metrics, type Suite } from '../harness/bench.ts'
import { answersPerSecond, closedLoop, type Operation } from '../harness/closed-loop.ts'
import { interleave } from '../harness/measure.ts'
import { latencies } from '../harness/statistics.ts'
import { Writer } from '../harness/writer.ts'
import { samplePolicy } from '../world/sample-policy.ts'
import { type Servers, startServers } from './servers.ts'

const writingClients = 16

/** Gets, and writes that SQLite keeps. */
export function requestSuite(isQuick: boolean): Suite {
  const gets: readonly Requests[] = (isQuick ? [1] : [1, 16]).map((clients) => ({
    of: bench('api/gets', clients, 'clients'),
    clients,
    operation: getting,
  }))
  return suiteOf(
    [{ of: bench('api/writes', 'sqlite', 'driver'), ...writes(isQuick) }, ...gets],
    async () => ({}),
  )
}

/** The same writes with an etcd of one member beneath. */
export function etcdWriteSuite(isQuick: boolean): Suite {
  return suiteOf([{ of: bench('api/writes', 'etcd', 'driver'), ...writes(isQuick) }], async ({ defer }) => {
    const etcd = await EtcdServer.start()
    defer(() => etcd.remove())
    return { flags: ['--etcd-servers', etcd.endpoint] }
  })
}

function writes(isQuick: boolean): Omit<Requests, 'of'> {
  return { clients: isQuick ? 1 : writingClients, operation: writing }
}

function suiteOf(
  requests: readonly Requests[],
  optionsOf: (context: Context) => Promise<ApiServerOptions>,
): Suite {
  return {
    benches: requests.map(({ of }) => of),
    needsRoot: false,
    async *run(context) {
      const servers = await startServers(context, await optionsOf(context))
      const targets = await prepare(servers, Math.max(...requests.map(({ clients }) => clients)))
      for (const each of requests) yield { bench: each.of, metrics: await measure(each, targets, context) }
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
}

async function measure(
  { clients, operation }: Requests,
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
    per_second: rate,
    ...latencies(samples.margay.flatMap(({ latenciesMs }) => latenciesMs)),
    baseline_per_second: baseline,
    ratio: rate / baseline,
  }
}

let order = 0

/** Each differs from the last: a write that changes nothing would not be stored. */
function writing({ writers }: Target): Operation {
  return (client) => {
    const writer = writers[client]
    if (writer === undefined) throw new RangeError(`there is no client ${client}`)
    return writer.write(samplePolicy(nameOf(client), ++order))
  }
}

function getting({ api }: Target): Operation {
  return (client) => api.get(kind, { namespace: 'default', name: nameOf(client) })
}
