/**
 * Which HTTP requests are gained or lost between whom. Who receives decides (spec 2.1, rules 27 and 28), and can tell apart only what its own
 * rules name: so each receiver is asked once for each kind of requests that it knows, however many others know.
 */
import type { HttpRequest } from '../model/flow.ts'
import type { Connectivity } from './connectivity.ts'
import type { Block } from './flows-between.ts'
import { requestClasses } from './http-requests.ts'
import { type DifferenceRow, JointMap } from './joint-map.ts'
import { RequestColumns } from './request-columns.ts'

export interface RequestDifference {
  /** All that are treated so, and all that are told apart, as `requestClasses` names them; never empty. */
  readonly requests: readonly HttpRequest[]
  readonly among: readonly HttpRequest[]
  readonly rows: readonly DifferenceRow[]
}

/** Without those that are gained and lost just as their connections are; what is told alike is told together. Both maps know TCP only. */
export function requestDifferences(old: Connectivity, now: Connectivity): RequestDifference[] {
  const classes = requestClasses([...old.httpMatches, ...now.httpMatches])
  const answers = new Answers(new JointMap(old, now), [old, now], classes)
  const byText = new Map<string, { requests: HttpRequest[]; rows: readonly DifferenceRow[] }>()
  for (const requests of classes) {
    const { rows, text } = answers.of(requests[0] as HttpRequest)
    if (text === answers.known) continue
    const same = byText.get(text)
    if (same === undefined) byText.set(text, { requests: [...requests], rows })
    else same.requests.push(...requests)
  }
  const among = classes.flat()
  return [...byText.values()].map((it) => ({ ...it, among }))
}

interface Answer {
  readonly rows: readonly DifferenceRow[]
  readonly text: string
}

/** What is gained and lost of requests: put into rows once for all of which it is the same. */
class Answers {
  /** Of connections. */
  readonly known: string
  readonly #joint: JointMap
  readonly #columns: RequestColumns
  readonly #answers = new Map<string, Answer>()

  constructor(
    joint: JointMap,
    maps: readonly [Connectivity, Connectivity],
    classes: readonly HttpRequest[][],
  ) {
    this.known = textOf(joint.rowsOf(joint.table()))
    this.#joint = joint
    this.#columns = new RequestColumns(
      joint,
      maps,
      classes.map(([first]) => first as HttpRequest),
    )
  }

  of(request: HttpRequest): Answer {
    const unusual = this.#columns.unusualFor(request)
    const key = unusual.map(({ receiver, column }) => `${receiver.at}:${column}`).join()
    const known = this.#answers.get(key)
    if (known !== undefined) return known
    const rows = this.#joint.rowsOf(this.#columns.table(unusual))
    const found = { rows, text: textOf(rows) }
    this.#answers.set(key, found)
    return found
  }
}

/** Equal for rows that say the same. */
function textOf(rows: readonly DifferenceRow[]): string {
  const endText = ({ workloads, outside }: Block) => [
    ...workloads.map(({ endpoint, address }) => `${endpoint.key} ${address?.value}`).sort(),
    ...outside.map(({ first, last }) => `${first}-${last}`),
  ]
  const texts = rows.map(({ from, to, gained, lost }) =>
    JSON.stringify([endText(from), endText(to), gained.id, lost.id]),
  )
  return texts.sort().join('\n')
}
