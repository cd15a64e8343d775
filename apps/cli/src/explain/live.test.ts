/** query and explain without -f: of the real server in this process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServer, type RunningServer } from '@margay/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

let directory: string
let server: RunningServer
let kubeconfig: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-explain-'))
  const printError = (line: string) => expect.unreachable(line)
  server = await openServer({ dataDir: directory, host: '127.0.0.1', port: 0, printError })
  kubeconfig = readFileSync(server.kubeconfigPath, 'utf8')
  const pod = (name: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}}\nspec: {containers: [{name: main, image: i}]}\n`
  const policy =
    "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: db}\nspec: {selector: app == 'db', ingress: [{action: Allow, protocol: TCP, destination: {ports: [5432]}}]}\n"
  const { err } = await call(['apply', '-f', '-'], [pod('web'), pod('db'), policy].join('---\n'))
  expect(err).toBe('')
}, 60_000)
afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})

const call = (args: readonly string[], stdin = '') =>
  margay(args, { files: { '/kc': kubeconfig }, env: { MARGAY_KUBECONFIG: '/kc' }, stdin })
const connection = ['--from', 'default/web', '--to', 'default/db']

test('query asks what the server has', async () => {
  expect(await call(['query', ...connection, '--port', '5432'])).toEqual({
    exitCode: 0,
    out: 'Allow\n',
    err: '',
  })
  expect(await call(['query', ...connection, '--port', '80'])).toMatchObject({ exitCode: 1 })
})

test('explain names the version of the object that decided, and a change that the server takes', async () => {
  const { exitCode, out } = await call(['explain', ...connection, '--port', '80', '-o', 'json'])
  expect(exitCode).toBe(1)
  const [{ ingress, changes }] = JSON.parse(out).connections
  const stored = JSON.parse((await call(['get', 'caliconetworkpolicy', 'db', '-o', 'json'])).out)
  expect(ingress.tiers[0].policies[0]).toMatchObject({
    policy: 'np:default/db',
    resourceVersion: stored.metadata.resourceVersion,
  })
  const [step] = changes[0].steps
  stored.spec.ingress.push(step.patch[0].value)
  expect(step.patch[0].path).toBe('/spec/ingress/1')
  const applied = await call(
    ['apply', '-f', '-'],
    JSON.stringify({ ...stored, metadata: { name: 'db', namespace: 'default' } }),
  )
  expect(applied.err).toBe('')
  expect(await call(['query', ...connection, '--port', '80'])).toMatchObject({ exitCode: 0 })
})

test('a server that is not there is said so', async () => {
  const { exitCode, err } = await margay(['query', ...connection, '--port', '80'], { files: {} })
  expect([exitCode, err]).toEqual([2, expect.stringContaining('there is no kubeconfig')])
})
