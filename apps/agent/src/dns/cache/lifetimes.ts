/** How long what an answer told is held to be true. Pure. */

export interface Lifetimes {
  /** A TTL below counts as this: who asked may connect a little later, and answers with a TTL of 0 or 1 are common. */
  readonly floorSeconds: number
  /** Added to each TTL: for programs that keep what they resolved for longer than its TTL. */
  readonly extraSeconds: number
}

/** What must be known of the answers that told something, so that its end follows from any lifetimes. In ms. */
export interface Told {
  /** When the latest of them came. */
  readonly lastMs: number
  /** When the last of their TTLs ends. */
  readonly ttlEndMs: number
}

/** A day, as resolvers have it. More is absurd: nobody sends an address that long ahead of when it is used. */
export const maxTtlSeconds = 86_400
/** With the first bit set a TTL counts as 0. Source: RFC 2181 section 8. */
const firstAbsurdTtl = 2 ** 31

/** A shorter TTL does not take back what a longer one promised before: somebody may hold that answer. */
export function toldAgain(before: Told | undefined, ttlSeconds: number, nowMs: number): Told {
  const ttl = ttlSeconds >= firstAbsurdTtl ? 0 : Math.min(ttlSeconds, maxTtlSeconds)
  return {
    lastMs: Math.max(before?.lastMs ?? nowMs, nowMs),
    ttlEndMs: Math.max(before?.ttlEndMs ?? 0, nowMs + ttl * 1000),
  }
}

/** When it is forgotten. */
export function endOf({ lastMs, ttlEndMs }: Told, { floorSeconds, extraSeconds }: Lifetimes): number {
  return Math.max(ttlEndMs, lastMs + floorSeconds * 1000) + extraSeconds * 1000
}
