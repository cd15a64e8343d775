/** A real server process on an empty database, and a client of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApiClient, type ClientConfig, parseKubeconfig } from '@margay/client'
import { findKind, type KindDefinition, type ResourceObject } from '@margay/resources'
import type { Context } from './bench.ts'
import { margay, startChild } from './child.ts'
import { type Medium, temporaryDirectory } from './temporary.ts'

export interface ApiServer {
  readonly client: ApiClient
  readonly config: ClientConfig
  readonly kubeconfig: string
  /** Where its certificates are. */
  readonly pkiDirectory: string
  /** Of all its threads, since it started. */
  cpuSeconds(): number
  /** The most resident memory that it ever had. */
  peakMebibytes(): number
}

export interface ApiServerOptions {
  readonly medium?: Medium
  /** Further flags of `margay server`. */
  readonly flags?: readonly string[]
}

export async function startApiServer(
  context: Pick<Context, 'defer'>,
  { medium, flags = [] }: ApiServerOptions = {},
): Promise<ApiServer> {
  const directory = await temporaryDirectory(context, medium)
  const kubeconfig = join(directory, 'kubeconfig')
  const program = margay(
    'server',
    '--data-dir',
    directory,
    '--port',
    '0',
    '--kubeconfig',
    kubeconfig,
    ...flags,
  )
  const { child } = await startChild(program, (line) => line.startsWith('kubeconfig: '), context)
  const config = readConfig(kubeconfig)
  return {
    client: connect(config, context),
    config,
    kubeconfig,
    pkiDirectory: join(directory, 'pki'),
    ...usageOf(child.pid ?? 0),
  }
}

/** Of a running process. Source: proc_pid_stat(5), fields 14 and 15, in ticks of 10 ms; proc_pid_status(5). */
function usageOf(pid: number): Pick<ApiServer, 'cpuSeconds' | 'peakMebibytes'> {
  const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8')
  return {
    cpuSeconds: () => {
      const fields = read('stat')
        .replace(/^.*\) /, '')
        .split(' ')
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    peakMebibytes: () => Number(/VmHWM:\s*(\d+)/.exec(read('status'))?.[1]) / 1024,
  }
}

export function connect(config: ClientConfig, { defer }: Pick<Context, 'defer'>): ApiClient {
  const client = new ApiClient(config)
  defer(() => client.close())
  return client
}

export function readConfig(path: string): ClientConfig {
  const readFile = (file: string) => readFileSync(file, 'utf8')
  return parseKubeconfig(readFile(path), { path, readFile })
}

export function kindOf({ apiVersion, kind }: Pick<ResourceObject, 'apiVersion' | 'kind'>): KindDefinition {
  const definition = findKind(apiVersion, kind)
  if (definition === undefined) throw new Error(`${apiVersion} ${kind} is not a known kind`)
  return definition
}

const parallelWrites = 8

/** Creates them, those of one kind side by side; pods with their status, as a kubelet would. */
export async function createAll(client: ApiClient, objects: readonly ResourceObject[]): Promise<void> {
  for (const ofOneKind of Map.groupBy(objects, kindOf).values()) {
    const left = ofOneKind.values()
    await Promise.all(Array.from({ length: parallelWrites }, () => createEach(client, left)))
  }
}

async function createEach(client: ApiClient, objects: Iterable<ResourceObject>): Promise<void> {
  for (const object of objects) {
    const kind = kindOf(object)
    await client.create(kind, object)
    if (object.status === undefined) continue
    await client.patch(kind, object.metadata, { status: object.status }, { subresource: 'status' })
  }
}
