/** Roles, tokens and questions as kubectl asks them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type RunningServer } from '../main.ts'
import { findModernKubectl, Kubectl } from '../testing/kubectl.ts'

const path = findModernKubectl()
const errors: string[] = []
let directory: string
let server: RunningServer
let kubectl: Kubectl

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-kubectl-auth-'))
  server = await openServer({
    dataDir: directory,
    host: '127.0.0.1',
    port: 0,
    printError: (line) => errors.push(line),
  })
  kubectl = new Kubectl(path ?? '', server.kubeconfigPath, directory)
})
afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
  expect(errors).toEqual([])
})

/** Debian's kubectl 1.20 has no `auth whoami` and no `create token`. */
describe.skipIf(path === undefined)('kubectl', { timeout: 120_000 }, () => {
  test('auth whoami', async () => {
    expect(await kubectl.ok(['auth', 'whoami'])).toMatch(/Username +margay-admin/)
    const robot = ['--as', 'system:serviceaccount:default:robot']
    expect(await kubectl.ok(['auth', 'whoami', ...robot])).toMatch(/system:serviceaccounts:default/)
  })

  test('create role, rolebinding and the like, and auth can-i', async () => {
    await kubectl.ok(['create', 'role', 'reader', '--verb=get,list', '--resource=pods'])
    await kubectl.ok(['create', 'rolebinding', 'reader', '--role=reader', '--user=ann'])
    await kubectl.ok(['create', 'clusterrole', 'nodes', '--verb=get', '--resource=nodes,nodes/status'])
    await kubectl.ok(['create', 'clusterrolebinding', 'nodes', '--clusterrole=nodes', '--group=ops'])
    const canI = async (...args: string[]) => (await kubectl.run(['auth', 'can-i', ...args])).stdout.trim()
    expect(await canI('list', 'pods', '--as=ann')).toBe('yes')
    expect(await canI('delete', 'pods', '--as=ann')).toBe('no')
    expect(await canI('list', 'pods', '--as=ann', '-n', 'kube-system')).toBe('no')
    expect(await canI('get', 'nodes/n', '--as=eve', '--as-group=ops')).toBe('yes')
    expect(await canI('*', '*')).toBe('yes')
    expect(await canI('get', '/version', '--as=ann')).toBe('yes')
    expect(await canI('get', '/metrics', '--as=ann')).toBe('no')
  })

  test('as a node, patch of the annotations in which it says how it encrypts, and of no others', async () => {
    for (const name of ['n1', 'n2'])
      await kubectl.apply(`apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: {zone: a}}\n`)
    const as = ['--as=system:node:n1', '--as-group=system:nodes']
    const patch = (name: string, key: string, ...type: string[]) => {
      const body = JSON.stringify({ metadata: { annotations: { [key]: 'x' } } })
      return kubectl.run(['patch', 'node', name, '--subresource=status', '-p', body, ...type, ...as])
    }
    const key = 'projectcalico.org/WireguardPublicKey'
    expect(await patch('n1', key)).toMatchObject({ code: 0, stdout: 'node/n1 patched\n' })
    expect(await patch('n1', 'margay.io/encryption-status', '--type=merge')).toMatchObject({ code: 0 })
    const shown = await kubectl.ok(['get', 'node', 'n1', '-o', 'jsonpath={.metadata.annotations}'])
    expect(JSON.parse(shown)).toMatchObject({ [key]: 'x', 'margay.io/encryption-status': 'x' })
    expect(await patch('n2', key)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot get resource "nodes/status"'),
    })
    expect(await patch('n1', 'example.com/note')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('may write no annotation but those of its encryption'),
    })
    expect((await kubectl.run(['label', 'node', 'n1', 'zone=b', '--overwrite', ...as])).code).toBe(1)
  })

  test('auth can-i --list', async () => {
    const list = await kubectl.ok(['auth', 'can-i', '--list', '--as=ann'])
    expect(list).toMatch(/pods +\[\] +\[\] +\[get list\]/)
    expect(list).toMatch(/selfsubjectrulesreviews\.authorization\.k8s\.io/)
    expect(await kubectl.ok(['auth', 'can-i', '--list'])).toMatch(/\*\.\* +\[\] +\[\] +\[\*\]/)
  })

  test('create token, and to come with it', async () => {
    await kubectl.ok(['create', 'serviceaccount', 'robot'])
    const token = (await kubectl.ok(['create', 'token', 'robot', '--duration=20m'])).trim()
    expect(token.split('.')).toHaveLength(3)
    await kubectl.ok(['create', 'rolebinding', 'robot', '--role=reader', '--serviceaccount=default:robot'])
    const args = [
      '--token',
      token,
      '--server',
      server.url,
      '--certificate-authority',
      join(directory, 'pki', 'ca.crt'),
    ]
    const robot = (...more: string[]) => kubectl.run([...more, '--kubeconfig=/dev/null', ...args])
    expect((await robot('auth', 'whoami')).stdout).toContain('system:serviceaccount:default:robot')
    expect(await robot('get', 'pods')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('No resources found'),
    })
    const refused = await robot('get', 'secrets')
    expect(refused.stderr).toContain(
      'Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:default:robot" cannot list resource "secrets" in API group "" in the namespace "default"',
    )
  })

  test('auth reconcile', async () => {
    const manifest = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: default}
rules: [{apiGroups: [''], resources: [services], verbs: [get]}]
`
    const output = await kubectl.ok(['auth', 'reconcile', '-f', '-'], manifest)
    expect(output).toContain('role.rbac.authorization.k8s.io/reader reconciled')
    const rules = JSON.parse(await kubectl.ok(['get', 'role', 'reader', '-o', 'json'])).rules
    expect(rules).toHaveLength(2)
  })

  test('get and describe show roles and bindings', async () => {
    expect(await kubectl.ok(['get', 'rolebindings', '-o', 'wide'])).toMatch(/reader +Role\/reader .*ann/)
    expect(await kubectl.ok(['describe', 'clusterrole', 'system:discovery'])).toContain('/openapi/*')
    expect(await kubectl.ok(['describe', 'clusterrole', 'view'])).toContain('aggregate-to-edit')
  })
})
