import { beforeEach, describe, expect, test } from 'vitest'
import { ConnectionLimit } from './connection-limit.ts'

const refused = { isOpen: false }
const open = { isOpen: true }
const limits = { total: 6, perAddress: 4, unproven: 5, unprovenPerAddress: 3 }

let nowMs: number
let limit: ConnectionLimit<string>
beforeEach(() => {
  nowMs = 0
  limit = new ConnectionLimit(limits, () => nowMs)
})

/** By somebody who proves himself at once. */
function openProven(name: string, address: string) {
  const admission = limit.open(name, address)
  limit.prove(name)
  return admission
}

describe('when many come at once', () => {
  test.each([
    ['an address has only so many that prove nothing', 'a', ['a', 'a', 'a']],
    ['there are only so many that prove nothing', 'c', ['a', 'a', 'b', 'b', 'b']],
  ])('%s: the next is refused, and all others stay', (_name, next, addresses) => {
    for (const [n, address] of addresses.entries()) expect(limit.open(`${n}`, address)).toEqual(open)
    expect(limit.open('next', next)).toEqual(refused)
    limit.close('0')
    expect(limit.open('next', next)).toEqual(open)
  })

  test.each([
    ['an address', 'a', ['a', 'a', 'a', 'a']],
    ['all addresses', 'c', ['a', 'a', 'a', 'b', 'b', 'b']],
  ])('%s: proven ones count too, and never give way', (_name, next, addresses) => {
    for (const [n, address] of addresses.entries()) expect(openProven(`${n}`, address)).toEqual(open)
    nowMs = 1e9
    expect(limit.open('next', next)).toEqual(refused)
    limit.close('0')
    expect(limit.open('next', next)).toEqual(open)
  })
})

describe('when all places are held by connections that prove nothing', () => {
  test('the oldest gives way after two seconds, and not before', () => {
    for (const name of ['0', '1', '2']) limit.open(name, 'a')
    nowMs = 1999
    expect(limit.open('3', 'a')).toEqual(refused)
    nowMs = 2000
    expect(limit.open('3', 'a')).toEqual({ isOpen: true, givesWay: '0' })
    expect(limit.open('4', 'a')).toEqual({ isOpen: true, givesWay: '1' })
    expect(limit.open('5', 'a')).toEqual({ isOpen: true, givesWay: '2' })
    expect(limit.open('6', 'a')).toEqual(refused)
  })

  test('an address that has too many loses its own, and not those of another', () => {
    limit.open('of b', 'b')
    nowMs = 5000
    for (const name of ['0', '1', '2']) limit.open(name, 'a')
    nowMs = 10_000
    expect(limit.open('3', 'a')).toEqual({ isOpen: true, givesWay: '0' })
  })

  test('a proven client gets in, wherever the others come from', () => {
    for (const [n, address] of ['a', 'a', 'b', 'b', 'b'].entries()) limit.open(`${n}`, address)
    nowMs = 2000
    expect(openProven('agent', 'c')).toEqual({ isOpen: true, givesWay: '0' })
    expect(openProven('agent 2', 'd')).toEqual(open)
    expect(openProven('agent 3', 'd')).toEqual({ isOpen: true, givesWay: '1' })
  })
})

test('a connection that is closed twice, or was never open, frees one place and none', () => {
  for (const name of ['0', '1', '2']) limit.open(name, 'a')
  limit.close('0')
  limit.close('0')
  limit.close('never')
  limit.prove('never')
  expect(limit.open('3', 'a')).toEqual(open)
  expect(limit.open('4', 'a')).toEqual(refused)
})
