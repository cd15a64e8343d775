import { expect, test } from 'vitest'
import { contentTypeOf, negotiate } from './accept.ts'

const table = { as: 'Table', version: 'v1' }
test.each([
  [undefined, { as: 'Object' }],
  ['', { as: 'Object' }],
  ['*/*', { as: 'Object' }],
  ['application/json', { as: 'Object' }],
  ['application/json; charset=utf-8', { as: 'Object' }],
  ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', table],
  ['application/json;g=meta.k8s.io;v=v1;as=Table', table],
  ['application/json;as=Table;v=v9;g=meta.k8s.io, application/json', { as: 'Object' }],
  ['application/json;as=Table;v=v1;g=other, */*', { as: 'Object' }],
  ['application/vnd.kubernetes.protobuf,application/json', { as: 'Object' }],
  [
    'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    { as: 'PartialObjectMetadata', version: 'v1' },
  ],
])('Accept: %s', (header, want) => expect(negotiate(header)).toEqual(want))

test.each([
  'text/html',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Chart;v=v1;g=meta.k8s.io',
])('Accept: %s is refused', (header) =>
  expect(() => negotiate(header)).toThrow(/only the following media types/),
)

test('the answer says which form it has', () => {
  expect(contentTypeOf({ as: 'Object' }, true)).toBe('application/json')
  expect(contentTypeOf({ as: 'PartialObjectMetadata', version: 'v1' }, true)).toBe(
    'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  )
})
