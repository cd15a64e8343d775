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

  /** All that may have been in force at any time between the two, both included. */
  between(fromNs: number, toNs: number): Version[] {
    return this.#spans.filter((it) => it.fromNs <= toNs && it.untilNs >= fromNs).map(({ version }) => version)
  }
}
