/** Which workload of the topology has which proxy: each a configuration of examples/authz/envoy, as it stands. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type AuthzLab, examples } from './authz-lab.ts'
import type { Envoy } from './envoy.ts'

/** `main` answers for workloads with a proxy of their own, `mesh` for proxies of many. */
export type Service = 'main' | 'mesh'

interface Proxy {
  readonly config: string
  readonly service: Service
  /** Where its workload listens, on loopback. */
  readonly workload?: number
}

const beside = { service: 'main', workload: 8081 } as const

/** By pod. */
const proxies: Readonly<Record<string, Proxy>> = {
  'shop/api': { config: 'sidecar-fail-closed.yaml', ...beside },
  'shop/open': { config: 'sidecar-fail-open.yaml', ...beside },
  'shop/vault': { config: 'sidecar-mtls.yaml', ...beside },
  'shop/legacy': { config: 'http-form.yaml', ...beside },
  'shop/queue': { config: 'tcp.yaml', service: 'main', workload: 5433 },
  'mesh/waypoint': { config: 'waypoint.yaml', service: 'mesh' },
}

/** Behind proxies of many, at the port that others connect to. */
const unproxied = ['reports-1', 'reports-2', 'ledger']

/** These pods, or all that have one, with the workloads behind; by pod. */
export async function startProxies(
  lab: AuthzLab,
  pods: readonly string[] = [...Object.keys(proxies), ...Object.keys(changed)],
): Promise<Map<string, Envoy>> {
  if (pods.includes('mesh/waypoint')) await startUnproxied(lab)
  return new Map(await Promise.all(pods.map(async (pod) => [pod, await startProxy(lab, pod)] as const)))
}

async function startProxy(lab: AuthzLab, pod: string): Promise<Envoy> {
  const { config, service, workload } = proxies[pod] ?? changedProxy(lab, pod)
  const [namespace = '', name = ''] = pod.split('/')
  const member = lab.view.pod(namespace, name)
  if (workload !== undefined) await lab.startWorkload(member, workload)
  return lab.startEnvoy(member, resolve(examples, 'envoy', config), service)
}

async function startUnproxied(lab: AuthzLab): Promise<void> {
  const members = unproxied.map((pod) => lab.view.pod('shop', pod))
  await Promise.all(members.map((member) => lab.startWorkload(member, 8080, '::')))
}

const pathSettings = /^ *(normalize_path|merge_slashes|path_with_escaped_slashes_action): .*\n/gm
const certificates = /- transport_socket:\n[\s\S]*?\n +filters:/

interface Changed {
  readonly config: string
  readonly change: (config: string) => string
}

/** By pod: an example, and what is other than there. */
const changed: Readonly<Record<string, Changed>> = {
  /**
   * Envoy leaves paths as they come. It is also patient: on a machine that is busy with tests, a service takes longer to start anew than the
   * example waits.
   */
  'shop/bare': {
    config: 'sidecar-fail-closed.yaml',
    change: (config) =>
      config
        .replace(pathSettings, '')
        .replace('timeout: 5s', 'timeout: 30s')
        .replace('num_retries: 50', 'num_retries: 300'),
  },
  /** Plain text. */
  'shop/plain': { config: 'http-form.yaml', change: (config) => config.replace(certificates, '- filters:') },
}

function changedProxy(lab: AuthzLab, pod: string): Proxy {
  const example = changed[pod]
  if (example === undefined) throw new Error(`${pod} has no proxy`)
  const config = join(lab.socketsOf('main'), `${example.config}.changed.yaml`)
  writeFileSync(config, example.change(readFileSync(join(examples, 'envoy', example.config), 'utf8')))
  return { config, ...beside }
}
