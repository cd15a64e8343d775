/** What a benchmark is called, what it reports, and what runs it. */

export interface Bench {
  /** `group/name@size`, or `group/name` where the name says it all; the same in every run, so that runs can be compared. */
  readonly id: string
  /** `group/name`. */
  readonly name: string
  readonly size: string
  /** What the size counts, for the table. */
  readonly unit: string
}

/**
 * Figures by name; the name's end is the unit: `_per_s`, `_ms`, `_ns`. `ratio` is the speed against the baseline of the
 * same run, 1 for as fast and 2 for twice as fast, and what begins with `baseline_` is that baseline's figure.
 */
export type Metrics = Readonly<Record<string, number>>

export interface Result {
  readonly bench: Bench
  readonly metrics: Metrics
}

export interface Context {
  /** Measure just enough to see that it works. */
  readonly isQuick: boolean
  /** Registers what has to be undone, in the opposite order, when the suite ends or is interrupted. */
  defer(cleanUp: () => void | Promise<void>): void
}

/** Benchmarks that share a set-up. */
export interface Suite {
  /** All that it reports, in that order. */
  readonly benches: readonly Bench[]
  readonly needsRoot: boolean
  run(context: Context): AsyncIterable<Result>
}

export interface Group {
  readonly name: string
  /** One line for a person. */
  readonly about: string
  suites(isQuick: boolean): readonly Suite[]
}

export function bench(name: string, size: number | string, unit: string): Bench {
  return { id: `${name}@${size}`, name, size: String(size), unit }
}

/** One of a size that its name, or whoever published its shape, gives. */
export function published(name: string, size: number | string, unit: string): Bench {
  return { ...bench(name, size, unit), id: name }
}

/** A suite of one benchmark. */
export function single(
  of: Bench,
  measure: (context: Context) => Metrics | Promise<Metrics>,
  needsRoot = false,
): Suite {
  return {
    benches: [of],
    needsRoot,
    async *run(context) {
      yield { bench: of, metrics: await measure(context) }
    },
  }
}
