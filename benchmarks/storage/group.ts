import type { Group } from '../harness/bench.ts'
import { listSuites } from './list.ts'
import { putSuites } from './put.ts'

export const storageGroup: Group = {
  name: 'storage',
  about: 'durable writes and lists of the SQLite store',
  suites: (isQuick) => [...putSuites(isQuick), ...listSuites(isQuick)],
}
