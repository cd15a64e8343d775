import { afterAll, beforeAll, describe } from 'vitest'
import { describeStoreConformance } from '../testing/conformance.ts'
import { EtcdServer, etcdMissing, suiteName } from '../testing/etcd-server.ts'
import { EtcdStore } from './etcd-store.ts'

describe.skipIf(etcdMissing !== undefined)(suiteName('with etcd'), () => {
  let server: EtcdServer
  let stores = 0
  beforeAll(async () => {
    server = await EtcdServer.start()
  })
  afterAll(() => server.remove())

  describeStoreConformance(
    'EtcdStore',
    ({ keepEvents }) =>
      EtcdStore.open({ endpoints: [server.endpoint], prefix: `/test-${++stores}`, keepEvents }),
    10,
  )
})
