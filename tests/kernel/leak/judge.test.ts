import { expect, test } from 'vitest'
import { Judge, type Sides } from './judge.ts'

const open: Sides = { egress: true, ingress: true }
const closedAtSource: Sides = { egress: false, ingress: true }
const closedAtDestination: Sides = { egress: true, ingress: false }
const near = { name: 'near', sourceNode: 'a', destinationNode: 'a' }
const far = { name: 'far', sourceNode: 'a', destinationNode: 'b' }

/** A judge of one stream, told of versions that begin at 100 ms, 200 ms, … and are in force 10 ms later. */
function judgeOf(stream: typeof near, ...versions: readonly Sides[]): Judge {
  const judge = new Judge([stream], ['a', 'b'])
  versions.forEach((sides, index) => {
    for (const node of ['a', 'b']) {
      judge.begin(node, [sides], ms(100 * (index + 1)))
      judge.end(node, ms(100 * (index + 1) + 10))
    }
  })
  return judge
}

const ms = (milliseconds: number) => milliseconds * 1e6

function leaksOf(judge: Judge, sentMs: number, arrivedMs: number): number {
  judge.arrived({ stream: 0, batch: 0, count: 2, fromNs: ms(sentMs) }, ms(arrivedMs))
  return judge.report.leaks.count
}

function lossesOf(judge: Judge, sentMs: number, arrived = 0): number {
  judge.sent({ stream: 0, batch: 0, count: 3, fromNs: ms(sentMs), toNs: ms(sentMs) })
  if (arrived > 0) judge.arrived({ stream: 0, batch: 0, count: arrived, fromNs: ms(sentMs) }, ms(sentMs))
  judge.settle(ms(sentMs + 1000))
  return judge.report.losses.count
}

test('a packet that arrives while the only version denies it is a leak', () => {
  expect(leaksOf(judgeOf(near, closedAtSource), 150, 151)).toBe(2)
  expect(leaksOf(judgeOf(near, open), 150, 151)).toBe(0)
})

test('a version may be in force from the start of its change to the end of the next one', () => {
  expect(leaksOf(judgeOf(near, closedAtSource, open), 198, 201)).toBe(0)
  expect(leaksOf(judgeOf(near, open, closedAtSource), 209, 220)).toBe(0)
  expect(leaksOf(judgeOf(near, open, closedAtSource), 211, 220)).toBe(2)
})

test('on one node, the halves of two versions are no version', () => {
  const swapped = [closedAtSource, closedAtDestination]
  expect(leaksOf(judgeOf(near, ...swapped), 190, 205)).toBe(2)
  expect(leaksOf(judgeOf(far, ...swapped), 190, 205)).toBe(0)
  expect(leaksOf(judgeOf(far, ...swapped), 250, 251)).toBe(2)
})

test('what all versions on its way allowed, and did not come, is lost', () => {
  expect(lossesOf(judgeOf(near, open), 150)).toBe(3)
  expect(lossesOf(judgeOf(near, open), 150, 2)).toBe(1)
  expect(lossesOf(judgeOf(near, open), 150, 3)).toBe(0)
  expect(lossesOf(judgeOf(near, closedAtSource, open), 150)).toBe(0)
  expect(lossesOf(judgeOf(far, closedAtSource, open, open), 250)).toBe(3)
})

test('a packet is not lost before all that may have come is known', () => {
  const judge = judgeOf(near, open)
  judge.sent({ stream: 0, batch: 0, count: 3, fromNs: ms(150), toNs: ms(151) })
  judge.settle(ms(160))
  expect(judge.report.losses.count).toBe(0)
})

test('a connection that was asked for by itself is judged in the same way', () => {
  const judge = judgeOf(near, open, closedAtSource)
  const attempt = (hasArrived: boolean, fromMs: number, toMs: number) =>
    judge.attempted({ stream: 0, hasArrived, detail: 'seen', fromNs: ms(fromMs), toNs: ms(toMs) })
  attempt(false, 150, 160)
  attempt(true, 250, 260)
  attempt(false, 190, 240)
  const [loss, leak] = [judge.report.losses, judge.report.leaks]
  expect([loss.count, leak.count]).toEqual([1, 1])
  expect(loss.examples[0]).toContain('near: seen after 10.00 ms, asked for 0.150 s: at node a, before')
  expect(leak.examples[0]).toContain('0.250 s: at node a, where a change began 50.00 ms before and was over')
})

test('a leak is told with the moment at which it was, in the changes of its node', () => {
  const judge = judgeOf(near, closedAtSource, closedAtDestination)
  judge.arrived({ stream: 0, batch: 0, count: 1, fromNs: ms(150) }, ms(151))
  judge.arrived({ stream: 0, batch: 1, count: 1, fromNs: ms(203) }, ms(204))
  judge.arrived({ stream: 0, batch: 2, count: 1, fromNs: ms(250) }, ms(251))
  expect(judge.report.leaks.examples).toEqual([
    'near: 1 in 1.00 ms, at node a, before the first change',
    'near: 1 in 1.00 ms, at node a, where a change began 4.00 ms before and goes on for 6.00 ms',
    'near: 1 in 1.00 ms, at node a, where a change began 51.00 ms before and was over 41.00 ms before',
  ])
})
