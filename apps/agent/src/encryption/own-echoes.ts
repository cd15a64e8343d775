/**
 * The kernel tells everybody what changed, also whoever changed it. Tells the echo of an own change from what others did: reading a whole
 * table after each own route would cost more than all else.
 *
 * Holds  An echo that never comes hides at most one equal change: somebody adds what was added here, or removes what was removed here.
 */
import type { RouteEvent, RouteSpec } from '@margay/netlink'

/** What tells routes of one table apart; the kernel names more. */
type Place = Pick<RouteSpec, 'destination' | 'table' | 'type' | 'metric'>

export class OwnEchoes {
  readonly #expected = new Map<string, number>()

  /** A change succeeded: the kernel will tell of it. */
  expect(happening: 'New' | 'Deleted', route: Place): void {
    const text = textOf(happening, route)
    this.#expected.set(text, (this.#expected.get(text) ?? 0) + 1)
  }

  /** True for an own change, once for each. */
  isEcho(event: RouteEvent): boolean {
    if (event.kind !== 'Route') return false
    const text = textOf(event.happening, event.route)
    const count = this.#expected.get(text)
    if (count === undefined) return false
    if (count === 1) this.#expected.delete(text)
    else this.#expected.set(text, count - 1)
    return true
  }

  /** Some were lost: none is awaited any more. */
  forget(): void {
    this.#expected.clear()
  }
}

function textOf(happening: string, { destination, table = 0, type = 'Unicast', metric = 0 }: Place): string {
  return `${happening} ${table} ${type} ${destination} ${metric}`
}
