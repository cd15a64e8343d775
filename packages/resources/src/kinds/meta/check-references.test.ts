import { expect, test } from 'vitest'
import { core, issuePaths } from '../examples.testkit.ts'

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'web-0', uid: 'u1' }
const other = { ...owner, uid: 'u2' }
const withMetadata = (fields: object) => core('ServiceAccount', { name: 'robot', ...fields })

test.each([
  { finalizers: ['example.org/cleanup', 'kubernetes'] },
  { ownerReferences: [owner, { ...other, controller: true }] },
  { ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }] },
  { generation: 0 },
])('metadata may have %j', (fields) => expect(issuePaths(withMetadata(fields))).toEqual([]))

const at = 'metadata.ownerReferences[0]'

test.each([
  [{ finalizers: ['kubernetes', 'clean up'] }, 'metadata.finalizers[1]'],
  [{ finalizers: ['a', 'a'] }, 'metadata.finalizers[1]'],
  [{ ownerReferences: [{ ...owner, apiVersion: '' }] }, `${at}.apiVersion`],
  [{ ownerReferences: [{ ...owner, kind: '' }] }, `${at}.kind`],
  [{ ownerReferences: [{ ...owner, name: '' }] }, `${at}.name`],
  [{ ownerReferences: [{ ...owner, uid: '' }] }, `${at}.uid`],
  [{ ownerReferences: [owner, owner] }, 'metadata.ownerReferences[1]'],
  [
    { ownerReferences: [owner, other].map((each) => ({ ...each, controller: true })) },
    'metadata.ownerReferences[1].controller',
  ],
  [{ generation: -1 }, 'metadata.generation'],
])('metadata may not have %j, and %s is told', (fields, path) =>
  expect(issuePaths(withMetadata(fields))).toEqual([path]),
)
