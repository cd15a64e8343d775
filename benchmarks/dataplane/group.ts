import type { Group } from '../harness/bench.ts'
import { changesSuite } from './changes.ts'
import type { ClusterSize } from './cluster-world.ts'
import { dropSuite } from './drop.ts'
import { establishedSuite } from './established.ts'
import { newConnectionsSuite } from './new-connections.ts'
import { startOfDaySuite } from './start-of-day.ts'

export const dataplaneGroup: Group = {
  name: 'dataplane',
  about: 'what connections pay in the kernel, and how fast it follows the API (root)',
  suites: (isQuick) => [
    newConnectionsSuite(isQuick),
    establishedSuite(isQuick),
    dropSuite(),
    changesSuite(clusterOf(isQuick)),
    startOfDaySuite(clusterOf(isQuick)),
  ],
}

function clusterOf(isQuick: boolean): ClusterSize {
  return isQuick ? { policies: 40, localPods: 4 } : { policies: 10_000, localPods: 250 }
}
