import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeldPackets } from './held-packets.ts'

/** What the kernel lets go, in its order. Source: Linux, nfqnl_recv_verdict_batch and nfqnl_recv_verdict. */
class ModelQueue {
  readonly held: number[] = []

  release({ upTo, each }: { readonly upTo: number | undefined; readonly each: readonly number[] }): number[] {
    const released: number[] = []
    while (upTo !== undefined && this.held[0] !== undefined && ((this.held[0] - upTo) | 0) <= 0)
      released.push(...this.held.splice(0, 1))
    for (const id of each) released.push(...this.held.splice(this.held.indexOf(id), 1))
    return released
  }
}

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('arrive' as const), skipped: fc.nat({ max: 3 }) }),
    fc.record({
      kind: fc.constant('decide' as const),
      /** Of those that wait, by their place; far ones stand for packets that are not there. */
      places: fc.oneof(
        fc.array(fc.nat({ max: 12 })),
        fc.nat({ max: 12 }).map((most) => range(most)),
      ),
    }),
  ),
  { maxLength: 60 },
)

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}

test('exactly the packets that were asked for are let go, in the order in which they came', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 0x7fff_fff0, 0xffff_fff0), steps, (start, all) => {
      const [held, kernel] = [new HeldPackets(start), new ModelQueue()]
      let last = start
      for (const step of all) {
        if (step.kind === 'arrive') {
          last = (last + 1 + step.skipped) >>> 0
          kernel.held.push(last)
          expect(held.add(last)).toBe(step.skipped)
        } else {
          const asked = step.places.map((place) => kernel.held[place] ?? (last + 1000) >>> 0)
          const expected = kernel.held.filter((id) => asked.includes(id))
          expect(kernel.release(held.take(asked))).toEqual(expected)
        }
        expect(held.size).toBe(kernel.held.length)
      }
    }),
  )
})

test('the oldest of all are one message, whatever their number', () => {
  const held = new HeldPackets()
  for (let id = 1; id <= 1000; id++) held.add(id)
  expect(held.take(range(901))).toEqual({ upTo: 900, each: [] })
  expect(held.take([1000, 902])).toEqual({ upTo: undefined, each: [902, 1000] })
})

test('where numbers do not go up, each packet is named', () => {
  const held = new HeldPackets()
  expect([1, 3, 2].map((id) => held.add(id))).toEqual([0, 1, 0])
  expect(held.take([1, 3])).toEqual({ upTo: undefined, each: [1, 3] })
})
