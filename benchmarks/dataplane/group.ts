import type { Group } from '../harness/bench.ts'
import { establishedSuite } from './established.ts'
import { newFlowSuite } from './new-flow.ts'

export const dataplaneGroup: Group = {
  name: 'dataplane',
  about: 'what new flows and established connections pay in the kernel (root)',
  suites: (isQuick) => [newFlowSuite(isQuick), establishedSuite(isQuick)],
}
