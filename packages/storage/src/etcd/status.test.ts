import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { StoreIoError, StoreUnreachableError } from '../errors.ts'
import { toStoreError } from './status.ts'

function failed(code: status, details: string): Error {
  return toStoreError('read', ['http://e:2379'], Object.assign(new Error(`${code} ${details}`), { code }))
}

test.each([
  [status.UNAVAILABLE, 'UNAVAILABLE: No connection established'],
  [status.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED: Deadline exceeded'],
  [status.UNKNOWN, 'UNKNOWN: context deadline exceeded'],
  [status.UNKNOWN, 'UNKNOWN: context canceled'],
])('an etcd that waited in vain does not answer, whoever gave up: %i %s', (code, details) => {
  expect(failed(code, details)).toBeInstanceOf(StoreUnreachableError)
})

test('what is unknown otherwise is no want of an answer', () => {
  expect(failed(status.UNKNOWN, 'UNKNOWN: etcdserver: something else')).toBeInstanceOf(StoreIoError)
})
