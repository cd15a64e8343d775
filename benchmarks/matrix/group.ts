import type { Group } from '../harness/bench.ts'
import { evaluateSuite } from './evaluate.ts'
import { probeSuite } from './probe.ts'

export const matrixGroup: Group = {
  name: 'matrix',
  about: 'who reaches whom among 200 pods: as policy says, and by real connections (root)',
  suites: (isQuick) => [evaluateSuite(isQuick), probeSuite(isQuick)],
}
