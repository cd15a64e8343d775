import { expect, test } from 'vitest'
import { inWorld } from './in-world.ts'

const objects = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]

test('a failure says in which world it happened', () => {
  expect(() => inWorld(objects, () => expect(1, 'one').toBe(2))).toThrow(
    /one: [\s\S]*metadata:\n {2}name: shop/,
  )
})

test('a check that holds says nothing', () => {
  expect(() => inWorld(objects, () => expect(1).toBe(1))).not.toThrow()
})
