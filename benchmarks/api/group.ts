import type { Group } from '../harness/bench.ts'
import { fanOutSuite } from './fan-out.ts'
import { listSuite } from './list.ts'
import { rbacSuites } from './rbac.ts'
import { etcdWriteSuite, requestSuite } from './requests.ts'
import { watchSuite } from './watch.ts'

export const apiGroup: Group = {
  name: 'api',
  about: 'writes, gets, lists, watches and decisions of a real server process over TLS',
  suites: (isQuick) => [
    requestSuite(isQuick),
    etcdWriteSuite(isQuick),
    listSuite(isQuick),
    watchSuite(isQuick),
    fanOutSuite(isQuick),
    ...rbacSuites(isQuick),
  ],
}
