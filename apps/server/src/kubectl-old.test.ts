/**
 * The server as Debian 12's kubectl (1.20) sees it: with `--validate=false`, the main things work. Where kubectl is newer,
 * kubectl.test.ts takes its place, and this is skipped.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type RunningServer } from './main.ts'
import { findOldKubectl, Kubectl } from './testing/kubectl.ts'

const path = findOldKubectl()
const policies = 'networkpolicies.projectcalico.org'
const manifest = (order: number): string => `
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: security}
spec: {order: 100}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: default}
spec: {tier: security, order: ${order}, selector: app == 'web'}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: default}
spec: {podSelector: {matchLabels: {app: web}}}
`

describe.skipIf(path === undefined)('an old kubectl', { timeout: 120_000 }, () => {
  let directory: string
  let server: RunningServer
  let kubectl: Kubectl
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'margay-kubectl-old-'))
    const printError = (line: string) => expect.unreachable(line)
    server = await openServer({ dataDir: directory, host: '127.0.0.1', port: 0, printError })
    kubectl = new Kubectl(path ?? '', server.kubeconfigPath, directory)
  })
  afterAll(async () => {
    await server.close()
    rmSync(directory, { recursive: true, force: true })
  })

  test('applies, changes, gets and deletes', async () => {
    expect(await kubectl.apply(manifest(1), '--validate=false')).toContain(
      `networkpolicy.projectcalico.org/web created`,
    )
    expect(await kubectl.apply(manifest(2), '--validate=false')).toContain(
      `networkpolicy.projectcalico.org/web configured`,
    )
    expect(await kubectl.ok(['get', policies])).toMatch(/web +security +2/)
    expect(await kubectl.ok(['get', policies, 'web', '-o', 'jsonpath={.spec.order}'])).toBe('2')
    await kubectl.ok(['delete', policies, 'web'])
    await kubectl.ok(['delete', 'networkpolicies.networking.k8s.io', 'web'])
    await kubectl.ok(['delete', 'tier', 'security'])
  })

  test('is told what is wrong by the server', async () => {
    const bad = manifest(1).replace('{order: 100}', '{order: first}')
    const { code, stderr } = await kubectl.run(['apply', '--validate=false', '-f', '-'], bad)
    expect(code).not.toBe(0)
    expect(stderr).toContain('spec.order')
    expect((await kubectl.run(['get', 'tier', 'security'])).stderr).toContain('NotFound')
  })
})
