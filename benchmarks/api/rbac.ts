/** Decisions on who may do what, without any request around them. */
import { bench, type Suite, single } from '../harness/bench.ts'
import { nanosecondsPerCall, planFor } from '../harness/measure.ts'
import { decisionLoad } from './decision-load.ts'

const batch = 1000

/** Each user has a role and two bindings of his own. */
export function rbacSuites(isQuick: boolean): Suite[] {
  return (isQuick ? [10] : [10, 1000]).map((users) =>
    single(bench('api/rbac', users, 'users'), (context) => {
      const load = decisionLoad(users)
      const decide = () => {
        load.decide(batch)
        return batch
      }
      return { per_second: 1e9 / nanosecondsPerCall(decide, planFor(context)) }
    }),
  )
}
