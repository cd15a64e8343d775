/** Clients that were written for Kubernetes, and know nothing of Margay: informers of client-node, and curl. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CoreV1Api,
  CustomObjectsApi,
  type Informer,
  KubeConfig,
  type KubernetesObject,
  makeInformer,
  NetworkingV1Api,
} from '@kubernetes/client-node'
import { openServer, type RunningServer } from '@margay/server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'

let directory: string
let server: RunningServer
let config: KubeConfig
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-clients-'))
  server = await start(0)
  config = new KubeConfig()
  config.loadFromFile(server.kubeconfigPath)
})
afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})

function start(port: number): Promise<RunningServer> {
  const dataDir = join(directory, 'data')
  return openServer({ dataDir, host: '127.0.0.1', port, printError: () => undefined })
}

let namespace: string
let count = 0
beforeEach(async () => {
  namespace = `clients-${count++}`
  await config.makeApiClient(CoreV1Api).createNamespace({ body: { metadata: { name: namespace } } })
})

/** What an informer saw, as `add a`, in order. */
function follow<T extends KubernetesObject>(informer: Informer<T>): string[] {
  const seen: string[] = []
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, ({ metadata }) => seen.push(`${verb} ${metadata?.name}`))
  return seen
}

const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } })

test('an informer of pods sees what is there, and each change', async () => {
  const core = config.makeApiClient(CoreV1Api)
  await core.createNamespacedPod({ namespace, body: pod('before') })
  const path = `/api/v1/namespaces/${namespace}/pods`
  const informer = makeInformer(config, path, () => core.listNamespacedPod({ namespace }))
  const seen = follow(informer)
  await informer.start()
  expect(seen).toEqual(['add before'])
  await core.createNamespacedPod({ namespace, body: pod('after') })
  await core.patchNamespacedPod({
    namespace,
    name: 'after',
    body: [{ op: 'add', path: '/metadata/labels', value: { role: 'web' } }],
  })
  await core.deleteNamespacedPod({ namespace, name: 'before' })
  await eventually('the last change arrives', () => seen.at(-1) === 'delete before')
  await informer.stop()
  expect(seen).toEqual(['add before', 'add after', 'update after', 'delete before'])
  expect(informer.list().map(({ metadata }) => metadata?.name)).toEqual(['after'])
})

test('an informer of network policies follows a label selector', async () => {
  const networking = config.makeApiClient(NetworkingV1Api)
  const policy = (name: string, labels: Record<string, string>) => ({
    metadata: { name, labels },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  })
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`
  const selector = 'team=red'
  const list = () => networking.listNamespacedNetworkPolicy({ namespace, labelSelector: selector })
  const informer = makeInformer(config, path, list, selector)
  const seen = follow(informer)
  await informer.start()
  await networking.createNamespacedNetworkPolicy({ namespace, body: policy('blue', { team: 'blue' }) })
  await networking.createNamespacedNetworkPolicy({ namespace, body: policy('red', { team: 'red' }) })
  const repainted = policy('red', { team: 'blue' })
  await networking.replaceNamespacedNetworkPolicy({ namespace, name: 'red', body: repainted })
  await eventually('it leaves the selection', () => seen.length === 2)
  await informer.stop()
  expect(seen).toEqual(['add red', 'delete red'])
})

test('an informer of a Calico kind goes on over a restart of the server', async () => {
  const custom = config.makeApiClient(CustomObjectsApi)
  const of = { group: 'projectcalico.org', version: 'v3', namespace, plural: 'networksets' }
  const set = (name: string) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkSet',
    metadata: { name },
    spec: { nets: ['10.0.0.0/8'] },
  })
  const path = `/apis/projectcalico.org/v3/namespaces/${namespace}/networksets`
  const informer = makeInformer(config, path, () => custom.listNamespacedCustomObject(of))
  const seen = follow(informer)
  const restart = (): void => void setTimeout(() => void informer.start().catch(restart), 50)
  informer.on('error', restart)
  await informer.start()
  await custom.createNamespacedCustomObject({ ...of, body: set('before') })
  await eventually('the first one arrives', () => seen.length === 1)
  await server.close()
  server = await start(server.port)
  await eventually('a write goes through', () =>
    custom.createNamespacedCustomObject({ ...of, body: set('after') }).then(
      () => true,
      () => false,
    ),
  )
  await eventually('the second one arrives', () => seen.includes('add after'))
  await informer.stop()
  expect(seen.filter((line) => line === 'add before')).toHaveLength(1)
})

test('a plain curl watch prints one JSON object a line', async () => {
  const curl = watchWithCurl('timeoutSeconds=5&allowWatchBookmarks=true')
  const core = config.makeApiClient(CoreV1Api)
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' }, data: { k: 'v' } } })
  await eventually('it arrives', () => curl.lines().some((line) => line.includes('"name":"a"')))
  await core.deleteNamespacedConfigMap({ namespace, name: 'a' })
  await eventually('it goes', () => curl.lines().some((line) => line.includes('"DELETED"')))
  expect(await curl.ended).toBe(0)
  const events = curl.lines().map((line) => JSON.parse(line))
  expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'ADDED a',
    'DELETED a',
  ])
  const [added, deleted] = events.map(({ object }) => BigInt(object.metadata.resourceVersion))
  expect(deleted).toBeGreaterThan(added ?? 0n)
})

test('a curl watch from a resourceVersion that was never reached is told so', async () => {
  const curl = watchWithCurl('resourceVersion=999999999&timeoutSeconds=5')
  await curl.ended
  expect(JSON.parse(curl.lines().join('\n'))).toMatchObject({ kind: 'Status', status: 'Failure', code: 504 })
})

/** As somebody would type it, with the certificates from the data directory. */
function watchWithCurl(query: string): { lines: () => string[]; ended: Promise<number> } {
  const pki = join(directory, 'data/pki')
  const url = `${server.url}/api/v1/namespaces/${namespace}/configmaps?watch=true&${query}`
  const certificates = [
    '--cacert',
    `${pki}/ca.crt`,
    '--cert',
    `${pki}/admin.crt`,
    '--key',
    `${pki}/admin.key`,
  ]
  const child = spawn('curl', ['--silent', '--no-buffer', ...certificates, url])
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  return {
    lines: () =>
      text
        .trim()
        .split('\n')
        .slice(0, text.endsWith('\n') ? undefined : -1),
    ended,
  }
}
