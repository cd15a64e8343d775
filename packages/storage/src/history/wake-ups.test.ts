import { expect, test } from 'vitest'
import { type Pace, WakeUps } from './wake-ups.ts'

/** Time that passes only when a test says so; each round takes `roundMs`. */
class FakePace implements Pace {
  roundMs = 0
  #now = 0
  #timers: { at: number; callback: () => void }[] = []
  #roundEnd: (() => void) | undefined

  now(): number {
    return this.#now
  }

  afterThisRound(callback: () => void): void {
    this.#roundEnd = callback
  }

  after(milliseconds: number, callback: () => void): void {
    this.#timers.push({ at: this.#now + milliseconds, callback })
  }

  endRound(): void {
    this.#now += this.roundMs
    const end = this.#roundEnd
    this.#roundEnd = undefined
    end?.()
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds
    const due = this.#timers.filter(({ at }) => at <= this.#now)
    this.#timers = this.#timers.filter(({ at }) => at > this.#now)
    for (const { callback } of due) callback()
  }
}

function counting(): { pace: FakePace; wakeUps: WakeUps; woken: () => number; stop: () => void } {
  const pace = new FakePace()
  const wakeUps = new WakeUps(pace)
  let count = 0
  const stop = wakeUps.subscribe(() => count++)
  return { pace, wakeUps, woken: () => count, stop }
}

test('the first change is told at once, and so is each while rounds take no time', () => {
  const { pace, wakeUps, woken } = counting()
  for (const expected of [1, 2, 3]) {
    wakeUps.wake()
    expect(woken()).toBe(expected)
    pace.endRound()
  }
})

test('what happens within a round is told in the next one, together, after a rest as long as the round', () => {
  const { pace, wakeUps, woken } = counting()
  pace.roundMs = 40
  wakeUps.wake()
  wakeUps.wake()
  wakeUps.wake()
  pace.endRound()
  pace.pass(39)
  expect(woken()).toBe(1)
  pace.pass(1)
  expect(woken()).toBe(2)
  pace.endRound()
  pace.pass(1000)
  expect(woken()).toBe(2)
})

test('what happens within the rest is told at its end', () => {
  const { pace, wakeUps, woken } = counting()
  pace.roundMs = 40
  wakeUps.wake()
  pace.endRound()
  wakeUps.wake()
  expect(woken()).toBe(1)
  pace.pass(40)
  expect(woken()).toBe(2)
})

test('a rest has an end however long the round was', () => {
  const { pace, wakeUps, woken } = counting()
  pace.roundMs = 60_000
  wakeUps.wake()
  wakeUps.wake()
  pace.endRound()
  pace.pass(250)
  expect(woken()).toBe(2)
})

test('who left is not woken any more', () => {
  const { wakeUps, woken, stop } = counting()
  stop()
  wakeUps.wake()
  expect(woken()).toBe(0)
})
