/**
 * One direction of a TCP connection that carries DNS: its segments in any order, its messages in theirs.
 *
 * What came first of a byte counts. Bounded: what is missing is waited for within a window, and as many segments as that.
 * Source  RFC 9293 section 3.4 (numbers that wrap), RFC 1035 section 4.2.2 and RFC 7766 section 8 (the length before each message).
 */

/** How many bytes behind the first that is missing. Larger windows are for transfers of zones. */
const maxAheadBytes = 128 * 1024
const maxAheadSegments = 64
const lengthBytes = 2
/** A header. */
const smallestMessage = 12
const smallestBuffer = 64
const nothing = new Uint8Array(0)

export class TcpStream {
  readonly #first: number
  /** Sequence number of the first byte that was not seen yet. */
  #next: number
  /** What came too early, copied: packets' memory is used again. */
  readonly #ahead: { readonly sequence: number; readonly data: Uint8Array }[] = []
  #aheadBytes = 0
  /** Of the message that is not whole, with its length before it. */
  #buffer = nothing
  #filled = 0

  /** `first` is the sequence number behind the SYN. */
  constructor(first: number) {
    this.#first = first
    this.#next = first
  }

  /** What it keeps in memory. */
  get heldBytes(): number {
    return this.#buffer.length + this.#aheadBytes
  }

  /** Is it the one that this SYN begins? */
  beginsAt(sequence: number): boolean {
    return sequence === this.#first
  }

  /** Has all before this number been seen? */
  isSeenTo(sequence: number): boolean {
    return this.#offsetOf(sequence) === 0
  }

  /** Whole messages, copied. Undefined: too much is missing, or what is there is no DNS; nothing can be taken any more then. */
  take(sequence: number, data: Uint8Array): Uint8Array[] | undefined {
    const messages: Uint8Array[] = []
    const offset = this.#offsetOf(sequence)
    if (offset > 0) return this.#keep(sequence, data, offset) ? messages : undefined
    let isGood = this.#takeFrom(data, -offset, messages)
    for (let next = this.#nextAhead(); isGood && next !== undefined; next = this.#nextAhead())
      isGood = this.#takeFrom(next.data, -this.#offsetOf(next.sequence), messages)
    return isGood ? messages : undefined
  }

  #offsetOf(sequence: number): number {
    return (sequence - this.#next) | 0
  }

  #keep(sequence: number, data: Uint8Array, offset: number): boolean {
    if (data.length === 0) return true
    const isTooMuch = offset + data.length > maxAheadBytes || this.#aheadBytes + data.length > maxAheadBytes
    if (isTooMuch || this.#ahead.length >= maxAheadSegments) return false
    this.#ahead.push({ sequence, data: data.slice() })
    this.#aheadBytes += data.length
    return true
  }

  /** Of those that came too early, one that no longer is: the one that came first. */
  #nextAhead(): { readonly sequence: number; readonly data: Uint8Array } | undefined {
    const index = this.#ahead.findIndex(({ sequence }) => this.#offsetOf(sequence) <= 0)
    const [segment] = index < 0 ? [] : this.#ahead.splice(index, 1)
    this.#aheadBytes -= segment?.data.length ?? 0
    return segment
  }

  /** From its byte `start` on: what is before was seen already. False for what is no message. */
  #takeFrom(data: Uint8Array, start: number, messages: Uint8Array[]): boolean {
    if (start >= data.length) return true
    this.#next = (this.#next + data.length - start) >>> 0
    for (let at = start; at < data.length; ) {
      const part = data.subarray(at, at + this.#missing())
      this.#append(part)
      at += part.length
      if (this.#filled === lengthBytes && this.#missing() < smallestMessage) return false
      if (this.#missing() === 0) messages.push(this.#message())
    }
    return true
  }

  /** Of the message, or of its length as long as that is not known. */
  #missing(): number {
    if (this.#filled < lengthBytes) return lengthBytes - this.#filled
    return lengthBytes + (this.#buffer[0] ?? 0) * 0x100 + (this.#buffer[1] ?? 0) - this.#filled
  }

  /** Grows by doubling: to no more than twice what was really sent, however long the message says it is. */
  #append(part: Uint8Array): void {
    const filled = this.#filled + part.length
    if (filled > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(smallestBuffer, filled, this.#buffer.length * 2))
      larger.set(this.#buffer.subarray(0, this.#filled))
      this.#buffer = larger
    }
    this.#buffer.set(part, this.#filled)
    this.#filled = filled
  }

  #message(): Uint8Array {
    const message = this.#buffer.slice(lengthBytes, this.#filled)
    this.#buffer = nothing
    this.#filled = 0
    return message
  }
}
