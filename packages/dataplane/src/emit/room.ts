/**
 * How many elements a map may hold. The kernel keeps one with a limit in a table of fixed size, which it looks up, fills and walks through
 * in a third to three quarters of the time that one that grows takes. Source: Linux, nft_set_hash.c; measured: docs/adr/0014.
 */

/** A power of two, so that it seldom is another for nearly as many; at least twice as many as there are now. */
export function roomFor(count: number, least: number): number {
  return Math.max(least, 2 ** Math.ceil(Math.log2(2 * Math.max(1, count))))
}
