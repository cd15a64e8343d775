import { expect, test } from 'vitest'
import { currentOwner, isAlive, parseStartTime } from './owner.ts'

const stat = (command: string, state: string) =>
  `4711 (${command}) ${state} 1 4711 4711 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1000 1 18446744073709551615`

test('the start time is the 22nd field, whatever the command is called', () => {
  expect(parseStartTime(stat('node', 'S'))).toBe(987654)
  expect(parseStartTime(stat('a) R (b c', 'R'))).toBe(987654)
})

test('a process that has ended has no start time', () => {
  expect(parseStartTime(stat('node', 'Z'))).toBeUndefined()
  expect(parseStartTime(stat('node', 'X'))).toBeUndefined()
  expect(parseStartTime('')).toBeUndefined()
})

test('this process is alive; one with its id and another start, or of another boot, is not', () => {
  const owner = currentOwner()
  expect(isAlive(owner)).toBe(true)
  expect(isAlive({ ...owner, startTime: owner.startTime + 1 })).toBe(false)
  expect(isAlive({ ...owner, bootId: 'another' })).toBe(false)
  expect(isAlive({ ...owner, pid: 2 ** 30 })).toBe(false)
})
