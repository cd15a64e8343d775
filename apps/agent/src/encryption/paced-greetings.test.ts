import type { WireguardChange } from '@margay/netlink'
import { expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { PacedGreetings } from './paced-greetings.ts'

function greeted(changes: readonly WireguardChange[]): string[][] {
  return changes.map(({ peers = [] }) => [...new Set(peers.map(({ publicKey }) => publicKey))])
}

const keys = (count: number, name = 'k') => Array.from({ length: count }, (_, n) => `${name}${n}`)

test('a few at a time, each once, and nothing more', async () => {
  const [clock, changes] = [new FakeClock(), [] as WireguardChange[]]
  new PacedGreetings(clock).begin({ change: async (change) => void changes.push(change) }, keys(50), 0)
  await clock.advance(250)
  expect(greeted(changes)).toEqual([keys(20)])
  await clock.advance(10_000)
  expect(greeted(changes).map(({ length }) => length)).toEqual([20, 20, 10])
  expect(greeted(changes).flat()).toEqual(keys(50))
})

test('others take the place of what was still to do; a device that refuses stops nothing', async () => {
  const [clock, changes] = [new FakeClock(), [] as WireguardChange[]]
  const change = async (each: WireguardChange) => {
    changes.push(each)
    throw new Error('no answer')
  }
  const greetings = new PacedGreetings(clock)
  greetings.begin({ change }, keys(100), 15)
  await clock.advance(250)
  greetings.begin({ change }, keys(30, 'n'), 15)
  await clock.advance(10_000)
  expect(greeted(changes).flat()).toEqual([...keys(20), ...keys(30, 'n')])
  greetings.begin({ change }, keys(3), 0)
  greetings.stop()
  await clock.advance(10_000)
  expect(changes).toHaveLength(3)
})
