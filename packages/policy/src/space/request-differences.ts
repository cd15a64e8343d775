/**
 * Which HTTP requests are gained or lost between whom. Who receives decides (spec 2.1, rules 27 and 28), and can tell apart only what its own
 * rules name: so each receiver is asked about the kinds of requests that it knows, however many others know.
 */
import type { Connectivity } from './connectivity.ts'
import { formatRequests } from './format-requests.ts'
import type { RequestClass } from './http-requests.ts'
import { type DifferenceRow, JointMap } from './joint-map.ts'
import { type RequestColumn, RequestColumns } from './request-columns.ts'
import { fewestParts, type RequestPart } from './request-parts.ts'
import type { WorkloadPeer } from './workload-facts.ts'

export interface RequestDifference {
  /** Requests that are treated so; never empty. */
  readonly requests: readonly RequestPart[]
  /** Whom all of this is about: of such requests to these, nothing is gained and lost but this, whatever is of their connections. */
  readonly receivers: readonly RequestReceivers[]
  /** For a person: it says the same of all receivers. */
  readonly text: (most?: number) => string
  /** Empty where connections are gained or lost that carry none of them. */
  readonly rows: readonly DifferenceRow[]
}

/** Who tells the same requests apart. */
export interface RequestReceivers {
  readonly workloads: readonly WorkloadPeer[]
  /** Every method with every path that they tell apart: what `…` stands for is what has no name among these. */
  readonly among: readonly RequestPart[]
}

/**
 * Without those that are gained and lost just as their connections are; what is told alike is told together. Both maps know TCP only.
 *
 * @throws TooManyRequestsError
 */
export function requestDifferences(old: Connectivity, now: Connectivity): RequestDifference[] {
  const joint = new JointMap(old, now)
  const tellings = new Tellings()
  const groups = Map.groupBy(new RequestColumns(joint, [old, now]).all(), (it) => tellings.of(it))
  return [...groups].map(([{ requests, among }, columns]) => ({
    requests,
    receivers: columns.map((it) => ({ workloads: joint.workloadsOf(it.at), among: tellings.amongOf(it) })),
    text: (most) => formatRequests(requests, among, most),
    rows: joint.rowsAmong(columns),
  }))
}

type Telling = Pick<RequestReceivers, 'among'> & Pick<RequestDifference, 'requests'>

/** One object for columns that are told alike. */
class Tellings {
  readonly #byText = new Map<string, Telling>()
  readonly #byNumbers = new Map<readonly RequestClass[], Map<string, Telling>>()
  readonly #among = new Map<readonly RequestClass[], RequestPart[]>()

  of(column: RequestColumn): Telling {
    const byNumbers = this.#byNumbers.get(column.all) ?? new Map<string, Telling>()
    this.#byNumbers.set(column.all, byNumbers)
    const key = column.classes.join()
    const found = byNumbers.get(key) ?? this.#told(column)
    byNumbers.set(key, found)
    return found
  }

  amongOf({ all }: RequestColumn): RequestPart[] {
    const found = this.#among.get(all) ?? fewestParts(all.flatMap(({ parts }) => parts))
    this.#among.set(all, found)
    return found
  }

  /** By the parts and by what is said of them: of which methods and paths there are all is another thing for others. */
  #told(column: RequestColumn): Telling {
    const among = this.amongOf(column)
    const requests = fewestParts(column.classes.flatMap((it) => column.all[it]?.parts ?? []))
    const text = `${formatRequests(requests, among)}\n${JSON.stringify(requests)}`
    const found = this.#byText.get(text) ?? { requests, among }
    this.#byText.set(text, found)
    return found
  }
}
