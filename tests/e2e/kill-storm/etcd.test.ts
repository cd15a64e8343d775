/** A storm of writes to a server with etcd: see storm.ts. */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { EtcdServer, etcdMissing, suiteName } from '../../../packages/storage/src/testing/etcd-server.ts'
import { killStorm } from './storm.ts'

describe.skipIf(etcdMissing !== undefined)(suiteName('on etcd'), () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await EtcdServer.start()
  })
  afterAll(() => etcd.remove())

  test('a hundred deaths lose nothing that was answered', { timeout: 600_000 }, async () => {
    await killStorm(['--etcd-servers', etcd.endpoint])
  })
})
