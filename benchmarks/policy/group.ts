import type { Group } from '../harness/bench.ts'
import { buildStateSuites } from './build-state.ts'
import { connectivitySuites } from './connectivity.ts'
import { evaluateSuites } from './evaluate.ts'
import { evaluateBaselineSuites } from './evaluate-baseline.ts'
import { netsetSuites } from './netsets.ts'
import { scaleSuites } from './scale/scale.ts'
import { selectorSuites } from './selectors.ts'

export const policyGroup: Group = {
  name: 'policy',
  about:
    'decisions, the state that they are made on, selectors and sets of addresses; the engine at the size of a cluster',
  suites: (isQuick) => [
    ...evaluateSuites(isQuick),
    ...evaluateBaselineSuites(isQuick),
    ...buildStateSuites(isQuick),
    ...connectivitySuites(isQuick),
    ...selectorSuites(isQuick),
    ...netsetSuites(isQuick),
    ...scaleSuites(isQuick),
  ],
}
