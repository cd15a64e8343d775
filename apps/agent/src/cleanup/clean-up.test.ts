import { table } from '@margay/dataplane'
import type { Route } from '@margay/netlink'
import { describe, expect, test } from 'vitest'
import { cleanUp, planCleanup } from './clean-up.ts'
import { formatCleanup } from './format-cleanup.ts'
import type { OwnObjects } from './own-objects.ts'
import { describeRemoval, type Removal } from './removal.ts'

const link = { index: 7, name: 'cali1' }
const route: Route = {
  family: 4,
  destination: '10.0.0.1/32',
  table: 254,
  protocol: 77,
  scope: 253,
  type: 'Unicast',
  index: 7,
  gateway: undefined,
  metric: 0,
  source: undefined,
  nextHops: [],
}
const all: readonly Removal[] = [
  { kind: 'Table', table: table('inet') },
  { kind: 'Redirect', link },
  { kind: 'Bucket', link },
  { kind: 'Link', link: { index: 8, name: 'mgbwcali1' } },
  { kind: 'Route', route, link },
  { kind: 'Route', route: { ...route, destination: 'fd00::1/128' }, link: undefined },
  { kind: 'Mark', path: 'net/ipv4/conf/lo/tag' },
]

/** A kernel in memory, which refuses to remove what `refused` says. */
class FakeObjects implements OwnObjects {
  left: readonly Removal[] = all
  refused: RegExp | undefined

  find(): Removal[] {
    return [...this.left]
  }

  remove(removal: Removal): void {
    if (this.refused?.test(describeRemoval(removal)) === true) throw new Error('EBUSY')
    this.left = this.left.filter((it) => it !== removal)
  }
}

const atOnce = async () => undefined

test('everything that is ours is named and goes, and a second time there is nothing', async () => {
  const objects = new FakeObjects()
  const report = await cleanUp({ objects, afterMending: atOnce })
  expect(report).toEqual({
    removed: [
      'table inet margay',
      'limit of packets from cali1',
      'limit of packets to cali1',
      'link mgbwcali1',
      'route 10.0.0.1/32 dev cali1',
      'route fd00::1/128',
      'mark net/ipv4/conf/lo/tag',
    ],
    failures: [],
  })
  expect(objects.left).toEqual([])
  const again = await cleanUp({
    objects,
    afterMending: () => Promise.reject(new Error('waited for nothing')),
  })
  expect(formatCleanup(again, false)).toEqual(['there is nothing of margay on this node'])
})

test('a plan names the same and removes nothing', () => {
  const objects = new FakeObjects()
  const lines = formatCleanup(planCleanup(objects), true)
  expect(lines).toHaveLength(all.length)
  expect(lines[0]).toBe('would remove table inet margay')
  expect(objects.left).toBe(all)
})

describe('what can not be done is said', () => {
  test('of one thing, and the others go', async () => {
    const objects = new FakeObjects()
    objects.refused = /^link/
    const report = await cleanUp({ objects, afterMending: atOnce })
    expect(report.failures).toEqual(["can't remove link mgbwcali1: EBUSY"])
    expect(report.removed).toHaveLength(all.length - 1)
  })

  test('of all things: then there is something', async () => {
    const objects = new FakeObjects()
    objects.refused = /./
    const report = await cleanUp({ objects, afterMending: atOnce })
    expect(report.failures).toHaveLength(all.length)
    expect(formatCleanup(report, false)).not.toContain('there is nothing of margay on this node')
  })

  test('when an agent that still runs makes its tables again', async () => {
    const objects = new FakeObjects()
    const mend = async () => {
      objects.left = all.slice(0, 1)
    }
    const { failures } = await cleanUp({ objects, afterMending: mend })
    expect(failures).toEqual(['an agent that still runs has made its tables again: stop it first'])
  })
})
