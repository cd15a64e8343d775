/** Problems that go on are told once, and again only if they were gone meanwhile. */
export class Reported {
  readonly #log: (line: string) => void
  #lines: ReadonlySet<string> = new Set()

  constructor(log: (line: string) => void) {
    this.#log = log
  }

  /** All problems that there are now. */
  set(lines: readonly string[]): void {
    for (const line of new Set(lines).difference(this.#lines)) this.#log(line)
    this.#lines = new Set(lines)
  }
}
