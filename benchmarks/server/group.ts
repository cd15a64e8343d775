import type { Group } from '../harness/bench.ts'
import { listSuite } from './list.ts'
import { requestSuite } from './requests.ts'
import { watchSuite } from './watch.ts'

export const serverGroup: Group = {
  name: 'server',
  about: 'writes, gets, lists and watches of a real server process over TLS',
  suites: (isQuick) => [requestSuite(isQuick), listSuite(isQuick), watchSuite(isQuick)],
}
