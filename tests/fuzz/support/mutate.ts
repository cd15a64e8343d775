/**
 * Inputs that are almost valid: seeds, damaged in a few places. fast-check shrinks the damage.
 *
 * MARGAY_FUZZ=N   how many inputs for each target (1,500 otherwise).
 * MARGAY_SEED=N   the seed, which a failure prints.
 */
import fc from 'fast-check'

const numRuns = Number(process.env.MARGAY_FUZZ ?? 1500)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }
export const fuzzOptions = { numRuns, ...seed }
export const fuzzTimeout = Math.max(60_000, numRuns * 20)

/** `at` and `length` are parts of what is there, in thousandths. */
interface Damage {
  readonly kind: 'flip' | 'cut' | 'double' | 'insert' | 'move' | 'truncate'
  readonly at: number
  readonly length: number
  readonly byte: number
  readonly piece: number
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'double', 'insert', 'move', 'truncate'),
  at: fc.nat(1000),
  length: fc.nat(200),
  byte: fc.nat(255),
  piece: fc.nat(1000),
})

/** `pieces` are what the format is made of, to be thrown in. */
export function damaged(
  seeds: readonly Uint8Array[],
  pieces: readonly Uint8Array[],
): fc.Arbitrary<Uint8Array> {
  const damages = fc.array(damage, { maxLength: 6 })
  return fc
    .tuple(fc.constantFrom(...seeds), damages)
    .map(([start, list]) => list.reduce((bytes, each) => inflict(bytes, each, pieces), start))
}

export function damagedText(seeds: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  const bytesOf = (text: string) => new TextEncoder().encode(text)
  return damaged(seeds.map(bytesOf), pieces.map(bytesOf)).map((bytes) => new TextDecoder().decode(bytes))
}

function inflict(
  bytes: Uint8Array,
  { kind, at, length, byte, piece }: Damage,
  pieces: readonly Uint8Array[],
): Uint8Array {
  const from = Math.floor((bytes.length * at) / 1000)
  const to = Math.min(bytes.length, from + 1 + Math.floor((bytes.length * length) / 1000))
  const [before, part, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)]
  switch (kind) {
    case 'flip':
      return joined(before, Uint8Array.of(byte), bytes.subarray(from + 1))
    case 'cut':
      return joined(before, after)
    case 'double':
      return joined(before, part, part, after)
    case 'insert':
      return joined(before, pieces[piece % pieces.length] ?? part, part, after)
    case 'move':
      return joined(part, before, after)
    case 'truncate':
      return before
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
