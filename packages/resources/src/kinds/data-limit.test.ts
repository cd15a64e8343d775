/** A Secret, and a ConfigMap, hold 1 MiB of values, as they are without base64. Source: `MaxSecretSize` of Kubernetes. */
import { describe, expect, test } from 'vitest'
import { admitted, core, issuePaths } from './examples.testkit.ts'

const mebibyte = 1024 * 1024
const base64 = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64')
const named = { name: 'large', namespace: 'shop' }

describe.each([0, 1, 2, 3])('with a value of %i bytes besides', (few) => {
  const rest = mebibyte - few
  test.each<[string, string, (bytes: number) => object, string]>([
    ['Secret', 'data', (bytes) => ({ data: { a: base64(bytes), b: base64(few) } }), 'data'],
    ['ConfigMap', 'data', (bytes) => ({ data: { a: 'x'.repeat(bytes), b: 'x'.repeat(few) } }), ''],
    [
      'ConfigMap',
      'binaryData',
      (bytes) => ({ data: { b: 'x'.repeat(few) }, binaryData: { a: base64(bytes) } }),
      '',
    ],
  ])('%s, in %s: 1 MiB is accepted, and a byte more is not', (kind, _field, content, path) => {
    expect(issuePaths(core(kind, named, { ...content(rest) }))).toEqual([])
    expect(issuePaths(core(kind, named, { ...content(rest + 1) }))).toEqual([path])
  })
})

test.each([1, 2, 3, 4])('texts count as bytes of UTF-8: a character of %i bytes', (bytes) => {
  const character = ['x', 'é', '€', '😀'][bytes - 1] ?? ''
  const fits = 'x'.repeat(mebibyte % bytes) + character.repeat(Math.floor(mebibyte / bytes))
  const secret = (text: string) => admitted(core('Secret', named, { stringData: { a: text } }))
  expect(secret(fits)).toMatchObject({ data: { a: Buffer.from(fits).toString('base64') } })
  expect(issuePaths(core('Secret', named, { stringData: { a: `${fits}x` } }))).toEqual(['data'])
  expect(issuePaths(core('ConfigMap', named, { data: { a: fits } }))).toEqual([])
  expect(issuePaths(core('ConfigMap', named, { data: { a: `${fits}x` } }))).toEqual([''])
})
