import type { Group } from '../harness/bench.ts'
import { buildStateSuites } from './build-state.ts'
import { connectivitySuites } from './connectivity.ts'
import { evaluateSuites } from './evaluate.ts'
import { evaluateBaselineSuites } from './evaluate-baseline.ts'
import { netsetSuites } from './netsets.ts'
import { selectorSuites } from './selectors.ts'

export const policyGroup: Group = {
  name: 'policy',
  about: 'decisions, the state that they are made on, selectors and sets of addresses',
  suites: (isQuick) => [
    ...evaluateSuites(isQuick),
    ...evaluateBaselineSuites(isQuick),
    ...buildStateSuites(isQuick),
    ...connectivitySuites(isQuick),
    ...selectorSuites(isQuick),
    ...netsetSuites(isQuick),
  ],
}
