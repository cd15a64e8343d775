/** Which versions of something may have been in force when. Times are ns of one clock. */

interface Span<Version> {
  readonly version: Version
  /** When bringing it into force began. */
  readonly fromNs: number
  /** When its successor was certainly in force. */
  untilNs: number
}

/** Far more than the longest way of a packet. */
const keptNs = 20e9

export class Timeline<Version> {
  readonly #spans: Span<Version>[] = []

  begin(version: Version, atNs: number): void {
    this.#spans.push({ version, fromNs: atNs, untilNs: Number.POSITIVE_INFINITY })
  }

  /** What was begun last is in force, and nothing before it is any more. */
  end(atNs: number): void {
    for (const span of this.#spans.slice(0, -1)) span.untilNs = Math.min(span.untilNs, atNs)
    while ((this.#spans[0]?.untilNs ?? atNs) < atNs - keptNs) this.#spans.shift()
  }

  /** How long before `atNs` the last change began, and how long before it was over: negative while it goes on. */
  lastChange(atNs: number): { readonly beganNsAgo: number; readonly endedNsAgo: number } | undefined {
    const index = this.#spans.findLastIndex(({ fromNs }) => fromNs <= atNs)
    const [before, span] = [this.#spans[index - 1], this.#spans[index]]
    if (span === undefined || before === undefined) return undefined
    return { beganNsAgo: atNs - span.fromNs, endedNsAgo: atNs - before.untilNs }
  }

  /** All that may have been in force at any time between the two, both included. */
  between(fromNs: number, toNs: number): Version[] {
    return this.#spans.filter((it) => it.fromNs <= toNs && it.untilNs >= fromNs).map(({ version }) => version)
  }
}
