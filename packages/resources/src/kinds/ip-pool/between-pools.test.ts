import { expect, test } from 'vitest'
import { withAllocatable } from './allocatable.ts'
import { checkPoolOverlap } from './check-overlap.ts'
import type { IpPool } from './schema.ts'

const pool = (name: string, cidr: string, disabled = false): IpPool => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'IPPool',
  metadata: { name },
  spec: { cidr, disabled },
})
const others = [pool('a', '10.1.0.0/16'), pool('b', '10.2.0.0/16', true), pool('c', 'fd00:1::/64')]

test.each([
  ['10.1.0.0/16', 'a'],
  ['10.1.2.0/24', 'a'],
  ['10.2.2.0/24', 'b'],
  ['fd00:1::/96', 'c'],
])('%s overlaps with pool %s', (cidr, name) => {
  const issues = [...checkPoolOverlap(pool('new', cidr), others)]
  expect(issues).toMatchObject([
    { path: 'spec.cidr', reason: 'FieldValueInvalid', message: expect.stringContaining(`the pool ${name},`) },
  ])
})

test('every pool that it overlaps with is told', () => {
  expect([...checkPoolOverlap(pool('new', '10.0.0.0/8'), others)]).toHaveLength(2)
})

test.each([pool('new', '10.3.0.0/16'), pool('new', 'fd00:2::/64'), pool('a', '10.1.0.0/16')])(
  '%j overlaps with none but itself',
  (each) => expect([...checkPoolOverlap(each, others)]).toEqual([]),
)

const conditionOf = ({ status }: IpPool) => status?.conditions?.at(-1)

test('a pool gives out addresses unless it is disabled or being deleted', () => {
  const enabled = withAllocatable(pool('a', '10.0.0.0/16'), '2026-01-01T00:00:00Z')
  expect(conditionOf(enabled)).toMatchObject({ type: 'Allocatable', status: 'True', reason: 'OK' })
  const disabled = withAllocatable(pool('a', '10.0.0.0/16', true), '2026-01-01T00:00:00Z')
  expect(conditionOf(disabled)).toMatchObject({ status: 'False', reason: 'PoolDisabled' })
  const deleted = { ...disabled, metadata: { name: 'a', deletionTimestamp: '2026-01-02T00:00:00Z' } }
  expect(conditionOf(withAllocatable(deleted, '2026-01-02T00:00:00Z'))).toMatchObject({
    status: 'False',
    reason: 'Terminating',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })
})

test('what others say of a pool stays, and what is said already is not said again', () => {
  const [type, lastTransitionTime] = ['Other', '2025-01-01T00:00:00Z']
  const other = { type, status: 'True', reason: 'R', message: '', lastTransitionTime } as const
  const one = withAllocatable(
    { ...pool('a', '10.0.0.0/16'), status: { conditions: [other] } },
    '2026-01-01T00:00:00Z',
  )
  expect(one.status?.conditions).toMatchObject([other, { status: 'True' }])
  expect(withAllocatable(one, '2026-01-02T00:00:00Z')).toBe(one)
})
