/** Long lists in an etcd that several servers share, with audit records in full: each write fits, and one server pulls. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEtcdStore } from '@margay/storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AuditLog } from '../../apps/server/src/audit/audit-log.ts'
import { AuditTrail } from '../../apps/server/src/audit/audit-trail.ts'
import { systemClock } from '../../apps/server/src/real-environment.ts'
import { TestServer } from '../../apps/server/src/testing/test-server.ts'
import { FakeLists, url } from '../../apps/server/src/threat-feeds/feeds.testkit.ts'
import { EtcdServer, etcdMissing, suiteName } from '../../packages/storage/src/testing/etcd-server.ts'

const v3 = '/apis/projectcalico.org/v3'

describe.skipIf(etcdMissing !== undefined)(suiteName('threat feeds in an etcd'), () => {
  let etcd: EtcdServer
  let directory: string
  const lists = [new FakeLists(), new FakeLists()]
  const servers: TestServer[] = []
  const trails: AuditTrail[] = []

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'margay-feeds-etcd-'))
    etcd = await EtcdServer.start()
    for (const [index, { fetch: fetchList }] of lists.entries()) {
      const store = await openEtcdStore({ endpoints: [etcd.endpoint], writer: `server-${index}` })
      const log = await AuditLog.open({ directory: join(directory, `${index}`), clock: systemClock })
      const policy = { rules: [{ level: 'RequestResponse' as const }] }
      const errors = { error: (message: string) => expect.fail(message) }
      const audit = await AuditTrail.open({ log, policy, store, clock: systemClock, errors })
      trails.push(audit)
      servers.push(await TestServer.start(store, audit, { clock: systemClock, fetchList }))
    }
  })
  afterAll(async () => {
    for (const trail of trails) await trail.close()
    for (const server of servers) await server.close()
    await etcd?.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  /** Addresses of version 6, whose texts are the longest: every second one, so that nothing is merged. */
  const list = (count: number, from: number): string =>
    Array.from(
      { length: count },
      (_, n) =>
        `2001:db8:1234:5678:9abc:def0:${(0x1000_0000 + from + 2 * n).toString(16).replace(/(.{4})$/, ':$1')}`,
    ).join('\n')

  const requests = (): number => lists.reduce((sum, it) => sum + it.requests.length, 0)

  async function apply(text: string): Promise<number> {
    for (const { answers } of lists) answers.set(url, text)
    const [, server] = servers
    const path = `${v3}/globalthreatfeeds/known`
    const found = await server?.get(path)
    const spec = {
      description: `${text.length} ${text.slice(0, 40)}`,
      pull: { http: { url } },
      globalNetworkSet: { labels: { threat: 'known' } },
    }
    const object = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalThreatFeed',
      metadata: { name: 'known' },
      spec,
    }
    const answer =
      found?.status === 404
        ? await server?.post(`${v3}/globalthreatfeeds`, object)
        : await server?.put(path, { ...found?.json, spec })
    expect(answer?.status).toBeLessThan(300)
    const { generation } = answer?.json.metadata ?? {}
    await expect
      .poll(async () => (await server?.get(path))?.json.status, { timeout: 60_000 })
      .toMatchObject({ observedGeneration: generation, entries: text.split('\n').length })
    return (await server?.get(path))?.json.status.sets
  }

  test('a list, the same shifted so that each set takes what another one had, and a short one', async () => {
    const count = await apply(list(100_000, 0))
    expect(count).toBeGreaterThan(10)
    expect(await apply(list(100_000, 60_000))).toBe(count)
    // Nothing of it was there, so each set is twice as long for a moment.
    expect(await apply(list(100_000, 1_000_001))).toBeGreaterThan(10)
    expect(await apply(list(10, 0))).toBe(1)
    const { json } = (await servers[0]?.get(`${v3}/globalnetworksets`)) ?? {}
    expect(json.items).toHaveLength(1)
    expect(requests()).toBe(4)
    expect(lists.filter((it) => it.requests.length > 0)).toHaveLength(1)
    expect(servers.flatMap(({ errors }) => errors)).toEqual([])
  })
})
