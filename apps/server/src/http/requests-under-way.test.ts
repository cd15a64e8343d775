import { expect, test } from 'vitest'
import { RequestsUnderWay } from './requests-under-way.ts'

const user = (name: string, ...groups: string[]) => ({ name, groups })
const limits = { reading: 8, mutating: 4 }

/** How many get in, of a hundred. */
function entered(requests: RequestsUnderWay, who: ReturnType<typeof user> | undefined): number {
  return Array.from({ length: 100 }, () => requests.enter(who, 'reading')).filter(Boolean).length
}

test('a user gets half, two get all, and nobody else gets in', () => {
  const requests = new RequestsUnderWay(limits)
  expect(entered(requests, user('a'))).toBe(4)
  expect(entered(requests, user('b'))).toBe(4)
  expect(entered(requests, user('c'))).toBe(0)
  expect(entered(requests, undefined)).toBe(0)
  expect(requests.enter(user('c'), 'mutating')).toBeDefined()
})

test('those that prove nothing get a tenth, whatever a user calls himself', () => {
  const requests = new RequestsUnderWay({ reading: 30, mutating: 1 })
  expect(entered(requests, undefined)).toBe(3)
  expect(entered(requests, user('anonymous'))).toBe(15)
})

test('members of system:masters always get in, and take nothing from others', () => {
  const requests = new RequestsUnderWay(limits)
  expect(entered(requests, user('admin', 'system:masters'))).toBe(100)
  expect(entered(requests, user('a'))).toBe(4)
})

test('who leaves makes room', () => {
  const requests = new RequestsUnderWay(limits)
  const leave = requests.enter(user('a'), 'reading')
  expect(entered(requests, user('a'))).toBe(3)
  leave?.()
  expect(entered(requests, user('a'))).toBe(1)
})
