/** Load from clients that each wait for an answer before they ask again. */
import { median } from './statistics.ts'

/** What one client asks for, again and again; told which client it is. */
export type Operation = (client: number) => Promise<unknown>

/** Milliseconds of each answer, and how long all of it took. */
export interface Load {
  readonly latenciesMs: readonly number[]
  readonly elapsedMs: number
}

export async function closedLoop(clients: number, durationMs: number, operation: Operation): Promise<Load> {
  const latenciesMs: number[] = []
  const start = performance.now()
  const one = async (client: number) => {
    for (;;) {
      const asked = performance.now()
      if (asked - start >= durationMs && latenciesMs.length > 0) return
      await operation(client)
      latenciesMs.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => one(client)))
  return { latenciesMs, elapsedMs: performance.now() - start }
}

/** The median over the rounds. */
export function answersPerSecond(rounds: readonly Load[]): number {
  return median(rounds.map(({ latenciesMs, elapsedMs }) => (1000 * latenciesMs.length) / elapsedMs))
}
