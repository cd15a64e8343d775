/** Manifests of examples/authz: what the server and the command take of them, and whether they agree with each other. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { admit, findKind, type ResourceObject } from '@margay/resources'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { margay, root } from './support/margay.ts'

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'margay-e2e-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const examples = join(root, 'examples/authz')
const all = ['kubernetes', 'istio'].flatMap((folder) => manifestsIn(join(examples, folder)))
const ofKind = (kind: string) => all.filter((object) => object.kind === kind)
const text = (object: unknown) => JSON.stringify(object)

test('manifests are what the server admits, as far as it knows their kinds', () => {
  const known = all.filter(({ apiVersion, kind }) => findKind(apiVersion, kind) !== undefined)
  expect(known.map(({ kind }) => kind)).toEqual([
    'Namespace',
    'ServiceAccount',
    'ClusterRoleBinding',
    'ConfigMap',
  ])
  for (const object of known) expect(admit(object), object.kind).toMatchObject({ ok: true })
})

test('manifests call the command with flags that it has, and a kubeconfig that it reads', async () => {
  const [, flags = ''] = /"args":\["authz",(.*?)\]/.exec(text(ofKind('DaemonSet'))) ?? []
  const args = (JSON.parse(`[${flags}]`) as string[]).filter((it) => it !== '--kubeconfig')
  expect(args).toEqual([
    '--listen',
    'unix:/run/margay/authz.sock',
    '--node',
    '$(NODE_NAME)',
    '/etc/margay/kubeconfig',
  ])
  const kubeconfig = join(home, 'kubeconfig')
  const { data } = ofKind('ConfigMap')[0] as unknown as { readonly data: { readonly kubeconfig: string } }
  writeFileSync(kubeconfig, data.kubeconfig)
  const place = ['--listen', `unix:${home}/authz.sock`, '--node', 'node-1']
  const { exitCode, stderr } = await margay(['authz', ...place, '--kubeconfig', kubeconfig])
  expect(exitCode).not.toBe(0)
  // There is no such file outside of a pod.
  expect(stderr).toContain('/var/run/secrets/kubernetes.io/serviceaccount/')
})

test('manifests name the same provider, socket and group', () => {
  const [provider] = (all.find(({ kind }) => kind === undefined) as unknown as MeshConfig).extensionProviders
  expect(text(ofKind('AuthorizationPolicy'))).toContain(`"provider":{"name":"${provider?.name}"}`)
  expect(text(ofKind('ServiceEntry'))).toContain(`"hosts":["${provider?.envoyExtAuthzGrpc.service}"]`)
  expect(text(ofKind('ServiceEntry'))).toContain('"unix:///run/margay/authz.sock"')
  for (const object of [...ofKind('DaemonSet'), ...ofKind('Deployment')])
    expect(text(object)).toMatch(/runAsGroup":1337|sidecar.istio.io\/userVolumeMount/)
})

interface MeshConfig {
  readonly extensionProviders: readonly {
    readonly name: string
    readonly envoyExtAuthzGrpc: { readonly service: string }
  }[]
}

function manifestsIn(folder: string): ResourceObject[] {
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as ResourceObject))
}
