/**
 * Source ports in sequence, one sequence for a whole lab.
 *
 * The number of ports is prime. Probes that go round a fixed matrix therefore shift by one place or more each round,
 * and the same pair meets the same port again only after as many rounds as there are ports: long after conntrack has
 * forgotten the flow. A process starts at a random place, so that two that probe one lab do not run in step.
 */
export const firstSourcePort = 2048
export const sourcePortCount = 63487

export class SourcePorts {
  #next: number

  /** `start`: any whole number from 0. */
  constructor(start: number) {
    this.#next = start % sourcePortCount
  }

  take(): number {
    const port = firstSourcePort + this.#next
    this.#next = (this.#next + 1) % sourcePortCount
    return port
  }
}
