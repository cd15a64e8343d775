import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeKubernetesProtobuf, ProtobufError } from './kubernetes.ts'

/** Just enough of an encoder: a field of bytes, or a number. */
const bytes = (field: number, content: string | number[]): number[] => {
  const data = typeof content === 'string' ? [...Buffer.from(content)] : content
  return [(field << 3) | 2, ...varint(data.length), ...data]
}
const number = (field: number, value: number): number[] => [field << 3, ...varint(value)]
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
const envelope = (apiVersion: string, kind: string, raw: number[]): Uint8Array =>
  new Uint8Array([
    0x6b,
    0x38,
    0x73,
    0,
    ...bytes(1, [...bytes(1, apiVersion), ...bytes(2, kind)]),
    ...bytes(2, raw),
  ])
const labels = [...bytes(11, [...bytes(1, 'a'), ...bytes(2, 'b')]), ...bytes(11, [...bytes(1, 'c')])]

test('a namespace, as kubectl create namespace sends it', () => {
  const metadata = [...bytes(1, 'demo'), ...bytes(2, ''), ...bytes(3, ''), ...bytes(8, []), ...labels]
  const raw = [...bytes(1, metadata), ...bytes(2, []), ...bytes(3, bytes(1, ''))]
  expect(decodeKubernetesProtobuf(envelope('v1', 'Namespace', raw))).toEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'demo', labels: { a: 'b', c: '' } },
    spec: {},
    status: {},
  })
})

test('a service account with all that it can have', () => {
  const owner = [...bytes(1, 'Pod'), ...bytes(3, 'p'), ...bytes(4, 'u'), ...bytes(5, 'v1'), ...number(6, 0)]
  const metadata = [
    ...bytes(1, 'sa'),
    ...bytes(3, 'ns'),
    ...bytes(8, number(1, 1_700_000_000)),
    ...bytes(13, owner),
    ...bytes(14, 'f1'),
    ...bytes(14, 'f2'),
  ]
  const raw = [
    ...bytes(1, metadata),
    ...bytes(2, bytes(3, 'secret')),
    ...bytes(3, bytes(1, 'pull')),
    ...number(4, 0),
  ]
  expect(decodeKubernetesProtobuf(envelope('v1', 'ServiceAccount', raw))).toMatchObject({
    metadata: {
      name: 'sa',
      namespace: 'ns',
      creationTimestamp: '2023-11-14T22:13:20Z',
      ownerReferences: [{ kind: 'Pod', name: 'p', uid: 'u', apiVersion: 'v1', controller: false }],
      finalizers: ['f1', 'f2'],
    },
    secrets: [{ name: 'secret' }],
    imagePullSecrets: [{ name: 'pull' }],
    automountServiceAccountToken: false,
  })
})

describe('refuses', () => {
  test.each([
    ['what lacks the prefix', new Uint8Array([1, 2, 3]), /prefix/],
    ['other kinds', envelope('v1', 'Pod', []), /v1 Pod is taken as JSON or YAML only/],
    ['unknown fields', envelope('v1', 'Namespace', bytes(9, 'x')), /field 9 is not known/],
    ['text that is not UTF-8', envelope('v1', 'Namespace', bytes(1, bytes(1, [0xff]))), /not UTF-8/],
    ['the wrong wire type', envelope('v1', 'Namespace', number(1, 5)), /wrong wire type/],
    [
      'a time that no year has',
      envelope('v1', 'Namespace', bytes(1, bytes(8, [8, ...Array(8).fill(0xff), 0x7f]))),
      /a time is out of range/,
    ],
    [
      'a length beyond its end',
      envelope('v1', 'Namespace', [0x0a, ...Array(9).fill(0xff), 1]),
      /ends in the/,
    ],
    ['a message that is cut off', envelope('v1', 'Namespace', [0x0a, 50]), /ends in the middle/],
  ])('%s', (_name, body, message) => {
    expect(() => decodeKubernetesProtobuf(body)).toThrow(ProtobufError)
    expect(() => decodeKubernetesProtobuf(body)).toThrow(message)
  })

  test('any garbage with its own error, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        try {
          decodeKubernetesProtobuf(envelope('v1', 'ServiceAccount', [...garbage]))
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError)
        }
      }),
    )
  })
})

test('a million entries are read at once: the cost is linear', () => {
  const finalizers = Array.from({ length: 500_000 }, () => bytes(1, '')).flat()
  const spec = decodeKubernetesProtobuf(envelope('v1', 'Namespace', bytes(2, finalizers))).spec
  expect(spec).toEqual({ finalizers: Array(500_000).fill('') })
  const entry = (n: number) => bytes(2, bytes(1, String(n)))
  const data = Array.from({ length: 100_000 }, (_, n) => entry(n)).flat()
  expect(Object.keys(decodeKubernetesProtobuf(envelope('v1', 'ConfigMap', data)).data ?? {})).toHaveLength(
    100_000,
  )
})

test('a key that is called __proto__ is a key', () => {
  const { data } = decodeKubernetesProtobuf(envelope('v1', 'ConfigMap', bytes(2, bytes(1, '__proto__'))))
  expect(Object.hasOwn(data as object, '__proto__')).toBe(true)
})
