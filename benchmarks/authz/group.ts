import type { Group } from '../harness/bench.ts'
import { checksSuite } from './checks.ts'

export const authzGroup: Group = {
  name: 'authz',
  about: 'checks that proxies ask for over gRPC, against a server of the same library that always says yes',
  suites: (isQuick) => [checksSuite(isQuick)],
}
