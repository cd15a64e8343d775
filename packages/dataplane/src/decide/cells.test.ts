import { describe, expect, test } from 'vitest'
import { every } from './area.ts'
import { BoxCells, PortCells } from './cells.ts'

const ports = (...ranges: [number, number][]) => ranges.map(([min, max]) => ({ min, max }))
const toPorts = (...ranges: [number, number][]) => ({ first: every, second: ports(...ranges) })

describe('cells of single ports', () => {
  test.each([
    ['a few ports', toPorts([80, 80], [443, 444]), { kind: 'Only', cells: [80, 443, 444] }],
    ['all ports', toPorts([0, 65_535]), { kind: 'All' }],
    ['all ports but a few', toPorts([0, 79], [82, 65_535]), { kind: 'Except', cells: [80, 81] }],
  ])('list %s', (_, area, spread) => {
    expect(PortCells.fits(area)).toBe(true)
    expect(new PortCells().spread(area)).toEqual(spread)
  })

  test.each([
    ['a source port', { first: ports([80, 80]), second: every }],
    ['many ports', toPorts([1000, 1032])],
    ['port 0, which stands for the rest in the kernel', toPorts([0, 3])],
    ['all ports but port 0', toPorts([1, 65_535])],
  ])('do not fit %s', (_, area) => expect(PortCells.fits(area)).toBe(false))

  test('take 32 ports of one rule', () => expect(PortCells.fits(toPorts([1000, 1031]))).toBe(true))
})

describe('cells of boxes', () => {
  const wide = { first: ports([100, 199]), second: ports([0, 65_535]) }
  const tall = { first: ports([0, 65_535]), second: ports([8000, 8999]) }
  const cells = new BoxCells([
    [6, wide],
    [6, tall],
  ])
  const boxes = (area: typeof wide) => {
    const spread = cells.spread(area, 6)
    return spread.kind === 'All' ? [] : spread.cells.map((cell) => cells.box(6, cell))
  }

  test('are what all areas cut out, and an area is a union of them', () => {
    expect(boxes(wide)).toEqual([
      { first: { min: 100, max: 199 }, second: { min: 0, max: 7999 } },
      { first: { min: 100, max: 199 }, second: { min: 8000, max: 8999 } },
      { first: { min: 100, max: 199 }, second: { min: 9000, max: 65_535 } },
    ])
    expect(boxes(tall)).toHaveLength(3)
  })

  test('two areas share the boxes in which they overlap', () => {
    const shared = boxes(wide).filter((box) =>
      boxes(tall).some((other) => JSON.stringify(other) === JSON.stringify(box)),
    )
    expect(shared).toEqual([{ first: { min: 100, max: 199 }, second: { min: 8000, max: 8999 } }])
  })

  test('everything needs no box', () =>
    expect(cells.spread({ first: every, second: every }, 6)).toEqual({ kind: 'All' }))

  test('of a protocol that no area is of are an error', () => {
    expect(() => cells.spread(wide, 17)).toThrow('no area of protocol 17')
  })
})
