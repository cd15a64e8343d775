/** What docs/guide/access.md promises, with real kubectl: a team that writes policies in its namespace, and a token. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServer, type RunningServer } from '@margay/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findModernKubectl, Kubectl, minorVersionOf } from '../../apps/server/src/testing/kubectl.ts'
import { root } from './support/margay.ts'

/** `kubectl auth whoami` came with 1.28. */
const found = findModernKubectl()
const program = found !== undefined && minorVersionOf(found) >= 28 ? found : undefined
if (program === undefined) console.warn('skipped: there is no kubectl 1.28 or newer on this machine')

describe.skipIf(program === undefined)('access, as the guide shows it', () => {
  let directory: string
  let server: RunningServer
  let admin: Kubectl
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'margay-access-'))
    server = await openServer({ dataDir: directory, host: '127.0.0.1', port: 0, printError: () => undefined })
    admin = new Kubectl(program ?? '', server.kubeconfigPath, directory)
    await admin.ok(['create', 'namespace', 'shop'])
    await admin.ok(['apply', '-f', join(root, 'examples/access/shop-team.yaml')])
  }, 60_000)
  afterAll(async () => {
    await server?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const asAnn = ['--as', 'ann', '--as-group', 'shop-team']
  const policy = (kind: string, name: string): string =>
    `{"apiVersion":"projectcalico.org/v3","kind":"${kind}","metadata":{"name":"${name}"},"spec":{"selector":"all()"}}`
  const canAnn = async (...what: readonly string[]): Promise<string> =>
    (await admin.run(['auth', 'can-i', ...what, ...asAnn])).stdout.trim().split(' ')[0] ?? ''

  test('the team writes policies of the tier default in its namespace', async () => {
    expect(await admin.ok(['apply', '-n', 'shop', '-f', '-', ...asAnn], policy('NetworkPolicy', 'web'))).toBe(
      'networkpolicy.projectcalico.org/web created\n',
    )
    expect(await canAnn('create', 'networkpolicies.projectcalico.org', '-n', 'shop')).toBe('yes')
  })

  test('and reads, but does not write, what is elsewhere', async () => {
    expect(await admin.ok(['get', 'networkpolicies.projectcalico.org', '-A', '-o', 'name', ...asAnn])).toBe(
      'networkpolicy.projectcalico.org/web\n',
    )
    const refused = await admin.run(['apply', '-f', '-', ...asAnn], policy('GlobalNetworkPolicy', 'all'))
    expect(refused.stderr).toContain(
      'User "ann" cannot create globalnetworkpolicies.projectcalico.org in tier "default"',
    )
    expect(await canAnn('create', 'networkpolicies.projectcalico.org', '-n', 'default')).toBe('no')
    expect(await canAnn('update', 'tiers.projectcalico.org')).toBe('no')
    expect(await canAnn('get', 'secrets', '-n', 'shop')).toBe('no')
  })

  test('the token of a service account says who it is, until the account goes', async () => {
    await admin.ok(['create', 'serviceaccount', 'robot', '-n', 'shop'])
    const token = (await admin.ok(['create', 'token', 'robot', '-n', 'shop', '--duration=1h'])).trim()
    const robot = new Kubectl(program ?? '', withToken(token), directory)
    expect(await robot.ok(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'])).toBe(
      'system:serviceaccount:shop:robot',
    )
    expect((await robot.run(['get', 'pods', '-n', 'shop'])).stderr).toContain('pods is forbidden')
    await admin.ok(['delete', 'serviceaccount', 'robot', '-n', 'shop'])
    expect((await robot.run(['get', 'pods', '-n', 'shop'])).stderr).toMatch(/Unauthorized|must be logged in/)
  })

  /** The administrator's kubeconfig with another user in it. */
  function withToken(token: string): string {
    const path = join(directory, 'robot.kubeconfig')
    const text = readFileSync(server.kubeconfigPath, 'utf8')
    const lines = text.split('\n').filter((line) => !line.includes('client-key-data'))
    writeFileSync(path, lines.join('\n').replace(/client-certificate-data: .*/, `token: ${token}`))
    return path
  }
})
