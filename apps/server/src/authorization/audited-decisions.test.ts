/** What the audit log says of decisions, and of users who act as others. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryStore } from '@margay/storage'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AuditLog } from '../audit/audit-log.ts'
import { defaultAuditPolicy } from '../audit/audit-policy.ts'
import { AuditTrail } from '../audit/audit-trail.ts'
import type { AuditEvent } from '../audit/event.ts'
import { readAuditEvents } from '../audit/read-events.ts'
import { inDefault, policy } from '../testing/objects.ts'
import { clusterBinding, clusterRole, rbac, rule, user } from '../testing/rbac.ts'
import { TestServer } from '../testing/test-server.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'margay-audited-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('each says what allowed it, or why it was refused, and both users', async () => {
  const store = new MemoryStore()
  const clock = { now: () => new Date('2026-01-02T03:04:05Z'), after: () => () => undefined }
  const log = await AuditLog.open({ directory, clock })
  const errors = { error: () => undefined }
  const parts = { log, policy: defaultAuditPolicy, store, clock, errors }
  const trail = await AuditTrail.open(parts)
  const server = await TestServer.start(store, trail)
  const rules = [rule('create', '', 'namespaces'), rule('get', 'projectcalico.org', 'tiers')]
  await server.post(`${rbac}/clusterroles`, clusterRole('ann', rules))
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding('ann', 'ann', user('ann')))
  const post = (path: string, body: object) =>
    server.call('POST', path, { body, headers: { 'impersonate-user': 'ann' } })
  await post('/api/v1/namespaces', { metadata: { name: 'n' } })
  await post(`${inDefault}/networkpolicies`, policy('p'))
  await post('/api/v1/nodes', { metadata: { name: 'n' } })
  await trail.close()
  await server.close()
  const events: AuditEvent[] = []
  for await (const event of readAuditEvents(directory, { user: 'margay-admin' })) events.push(event)
  const asAnn = events.filter(({ impersonatedUser }) => impersonatedUser?.username === 'ann')
  // What was written comes to the log by way of the store's journal, what was refused at once: their order is open.
  const said = asAnn.map(({ objectRef, responseStatus, annotations }) => [
    objectRef?.resource,
    [
      responseStatus.code,
      annotations['authorization.k8s.io/decision'],
      annotations['authorization.k8s.io/reason'],
    ],
  ])
  expect(said).toHaveLength(3)
  expect(Object.fromEntries(said)).toEqual({
    namespaces: [
      201,
      'allow',
      'RBAC: allowed by ClusterRoleBinding "ann" of ClusterRole "ann" to User "ann"',
    ],
    networkpolicies: [403, 'forbid', expect.stringContaining('in tier "default" and namespace "default"')],
    nodes: [403, 'forbid', expect.stringContaining('cannot create resource "nodes"')],
  })
})
