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
