/**
 * Random changes of policy and pods under streams of packets: nothing gets through that every version in force denied, nothing is
 * lost that all of them allowed, and what is open stays open. How it is judged: leak/judge.ts. Needs root.
 *
 * MARGAY_LEAK_SECONDS  how long; 60 by default.
 * MARGAY_SEED          a whole number that decides the changes; printed.
 */
import type { Lab } from '@margay/lab'
import { buildPolicyState } from '@margay/policy'
import { admitAll, type Cast, smallCast } from '@margay/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LabAgent } from './lab-agent.ts'
import { loosened } from './leak/churn.ts'
import { type Desired, type Enforce, mostTimes, type Outcome, prepare, runUnderStreams } from './leak/run.ts'
import { newEnforcer, openCastLab, tableOf } from './policy-lab.ts'

const seconds = Number(process.env.MARGAY_LEAK_SECONDS ?? 60)
const seed = Number(process.env.MARGAY_SEED ?? Math.floor(Math.random() * 2 ** 31))
const marginMs = 60_000

let lab: Lab
let cast: Cast
beforeAll(async () => {
  const opened = await openCastLab(`leak${process.pid}`, smallCast)
  lab = opened.lab
  cast = { ...smallCast, nodes: opened.nodes }
  await prepare(lab)
})
afterAll(() => lab?.close())

/** Each knows what it compiled and wrote before. The first has maps that are soon too small, and made anew. */
function agents(): Enforce {
  const byNode = new Map<string, LabAgent>()
  return async (node, { objects }) => {
    const sizes = byNode.size === 0 ? { leastRoom: 2, mostOfNarrow: 1 } : {}
    const agent = byNode.get(node.name) ?? new LabAgent(node, sizes)
    byNode.set(node.name, agent)
    agent.enforce(objects)
  }
}

function tell(outcome: Outcome): void {
  const { sent, arrived, bound, forbidden, versions, returns, leaks, losses, broken, droppedByQueues } =
    outcome
  console.log(
    `MARGAY_SEED=${seed}: ${versions} versions, ${returns} returns of a pod, ${sent} packets sent, ${arrived} arrived, ${bound} had to, ${forbidden} must not; ` +
      `${leaks.count} leaks, ${losses.count} lost, ${droppedByQueues} dropped by full queues`,
  )
  for (const line of [...leaks.examples, ...losses.examples, ...broken]) console.log(line)
}

test(
  `${seconds} s of changes: no leak, no loss, no broken connection`,
  async () => {
    const least = { versions: 2 * seconds + 1, returns: Math.floor(seconds / 8) }
    const outcome = await runUnderStreams({ lab, cast, enforce: agents(), seconds, least, seed })
    tell(outcome)
    const { versions, returns, bound, forbidden, leaks, losses, broken, droppedByQueues } = outcome
    expect(leaks).toEqual({ count: 0, examples: [] })
    expect(losses.count).toBeLessThanOrEqual(droppedByQueues)
    expect(broken).toEqual([])
    // It must have been asked: enough changes, and enough packets of both kinds.
    expect(versions).toBeGreaterThanOrEqual(least.versions)
    expect(returns).toBeGreaterThanOrEqual(least.returns)
    expect(Math.min(bound, forbidden)).toBeGreaterThan(500 * seconds)
  },
  mostTimes * seconds * 1000 + marginMs,
)

describe('the judge notices', () => {
  const shortly = { seconds: 4, seed: 1 }

  test('a leak, where the rules are deleted and made again in two transactions', async () => {
    const afresh: Enforce = async (node, { state }) => {
      await lab.runInNode(node, 'nft', ['flush', 'ruleset'])
      await newEnforcer(node).enforce(tableOf(node, state))
    }
    const { leaks } = await runUnderStreams({ lab, cast, enforce: afresh, ...shortly })
    expect(leaks.count).toBeGreaterThan(100)
  })

  test('a leak, where one end is opened before the other is closed', async () => {
    const enforce = agents()
    const openFirst: Enforce = async (node, desired) => {
      await enforce(node, looser(desired))
      await enforce(node, desired)
    }
    const { leaks } = await runUnderStreams({ lab, cast, enforce: openFirst, ...shortly })
    expect(leaks.count).toBeGreaterThan(100)
    expect(new Set(leaks.examples.map((it) => / port (\d+)/.exec(it)?.[1]))).toEqual(new Set(['7001']))
  })

  test('losses and a broken connection, where everything is stopped for the time of a change', async () => {
    const enforce = agents()
    const stopped: Enforce = async (node, desired) => {
      await lab.runInNode(node, 'nft', ['-f', '-'], stop)
      await enforce(node, desired)
      await lab.runInNode(node, 'nft', ['delete', 'table', 'inet', 'stop'])
    }
    const { losses, broken } = await runUnderStreams({ lab, cast, enforce: stopped, ...shortly })
    expect(losses.count).toBeGreaterThan(100)
    expect(broken.join()).toContain('UDP')
  })
})

function looser({ objects }: Desired): Desired {
  const loose = loosened(objects)
  return { objects: loose, state: buildPolicyState(admitAll(loose)).state }
}

const stop = `add table inet stop
add chain inet stop forward { type filter hook forward priority -500; policy accept; }
add rule inet stop forward drop
`
