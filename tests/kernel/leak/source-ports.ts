/** Where packets of the streams come from: policy must treat them all alike, since a version is judged by one of them. */

/** Rules of random worlds have no port numbers between these that tell one source port from another. */
export const sourcePorts = { first: 20_000, last: 59_999 } as const

/** One after the other, round and round. */
export class SourcePorts {
  #next: number = sourcePorts.first

  take(): number {
    const port = this.#next
    this.#next = port >= sourcePorts.last ? sourcePorts.first : port + 1
    return port
  }
}
