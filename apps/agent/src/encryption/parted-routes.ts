/** Routes of many owners, each with its part: whoever did not change shares it with the routes before, and is passed over at a glance. */
import type { TunnelRoute } from './tunnel-model.ts'

export interface RoutePart {
  readonly how: TunnelRoute
  /** CIDRs in canonical text. */
  readonly destinations: readonly string[]
}

/** By CIDR in canonical text. No two parts have one destination. A look-up costs all of them once, a walk nothing more. */
export class PartedRoutes implements ReadonlyMap<string, TunnelRoute> {
  readonly parts: ReadonlyMap<string, RoutePart>
  readonly size: number
  #flat: ReadonlyMap<string, TunnelRoute> | undefined

  constructor(parts: ReadonlyMap<string, RoutePart>) {
    this.parts = parts
    this.size = parts.values().reduce((sum, { destinations }) => sum + destinations.length, 0)
  }

  get(destination: string): TunnelRoute | undefined {
    this.#flat ??= flatOf(this.parts.values())
    return this.#flat.get(destination)
  }

  has(destination: string): boolean {
    return this.get(destination) !== undefined
  }

  forEach(
    work: (how: TunnelRoute, destination: string, map: ReadonlyMap<string, TunnelRoute>) => void,
  ): void {
    for (const [destination, how] of this) work(how, destination, this)
  }

  *entries(): MapIterator<[string, TunnelRoute]> {
    for (const { how, destinations } of this.parts.values())
      for (const destination of destinations) yield [destination, how]
  }

  *keys(): MapIterator<string> {
    for (const { destinations } of this.parts.values()) yield* destinations
  }

  *values(): MapIterator<TunnelRoute> {
    for (const [, how] of this) yield how
  }

  [Symbol.iterator](): MapIterator<[string, TunnelRoute]> {
    return this.entries()
  }
}

export interface RouteChanges {
  readonly gone: ReadonlyMap<string, TunnelRoute>
  readonly come: ReadonlyMap<string, TunnelRoute>
}

/** One that leads otherwise than before is in both. Cost: the parts, and what is in those that differ. */
export function routeChanges(
  before: ReadonlyMap<string, TunnelRoute>,
  after: ReadonlyMap<string, TunnelRoute>,
): RouteChanges {
  if (before === after) return { gone: new Map(), come: new Map() }
  const [old, young] =
    before instanceof PartedRoutes && after instanceof PartedRoutes
      ? [flatOf(lackingIn(after, before)), flatOf(lackingIn(before, after))]
      : [before, after]
  return { gone: without(old, young), come: without(young, old) }
}

function* lackingIn(one: PartedRoutes, other: PartedRoutes): Generator<RoutePart> {
  for (const [owner, part] of other.parts) if (one.parts.get(owner) !== part) yield part
}

function flatOf(parts: Iterable<RoutePart>): Map<string, TunnelRoute> {
  const flat = new Map<string, TunnelRoute>()
  for (const { how, destinations } of parts)
    for (const destination of destinations) flat.set(destination, how)
  return flat
}

function without(
  routes: ReadonlyMap<string, TunnelRoute>,
  others: ReadonlyMap<string, TunnelRoute>,
): Map<string, TunnelRoute> {
  const left = new Map<string, TunnelRoute>()
  for (const [destination, how] of routes) if (others.get(destination) !== how) left.set(destination, how)
  return left
}
