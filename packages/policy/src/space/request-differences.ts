/**
 * Which HTTP requests are gained or lost between whom. Who receives decides (spec 2.1, rules 27 and 28), and can tell apart only what its own
 * rules name: so each receiver is asked about the kinds of requests that it knows, however many others know.
 */
import type { Connectivity } from './connectivity.ts'
import type { RequestClass } from './http-requests.ts'
import { type DifferenceRow, JointMap } from './joint-map.ts'
import { type RequestColumn, RequestColumns } from './request-columns.ts'
import { fewestParts, type RequestPart } from './request-parts.ts'
import type { WorkloadPeer } from './workload-facts.ts'

export interface RequestDifference {
  /** Whom all of this is about: of such requests to these, nothing is gained and lost but this, whatever is of their connections. */
  readonly receivers: readonly WorkloadPeer[]
  /** Requests that are treated so, and all methods with all paths that these receivers tell apart; never empty. */
  readonly requests: readonly RequestPart[]
  readonly among: readonly RequestPart[]
  /** Empty where connections are gained or lost that carry none of them. */
  readonly rows: readonly DifferenceRow[]
}

/**
 * Without those that are gained and lost just as their connections are; what is told alike is told together. Both maps know TCP only.
 *
 * @throws TooManyRequestsError
 */
export function requestDifferences(old: Connectivity, now: Connectivity): RequestDifference[] {
  const joint = new JointMap(old, now)
  const columns = new RequestColumns(joint, [old, now]).all()
  const numbers = new Map<readonly RequestClass[], number>()
  const groups = Map.groupBy(columns, ({ all, classes }) => {
    const number = numbers.get(all) ?? numbers.size
    numbers.set(all, number)
    return `${number} ${classes.join()}`
  })
  return [...groups.values()].map((alike) => differenceOf(alike, joint))
}

/** Of receivers of which the same requests are treated alike. */
function differenceOf(columns: readonly RequestColumn[], joint: JointMap): RequestDifference {
  const [{ all, classes }] = columns as [RequestColumn]
  return {
    receivers: columns.flatMap(({ at }) => joint.workloadsOf(at)),
    requests: fewestParts(classes.flatMap((it) => all[it]?.parts ?? [])),
    among: fewestParts(all.flatMap(({ parts }) => parts)),
    rows: joint.rowsAmong(columns),
  }
}
