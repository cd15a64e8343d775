import { describe, expect, test } from 'vitest'
import type { Answer } from '../check/check.ts'
import { encodeAnswer } from './encode-answer.ts'
import { WireWriter } from './wire-writer.ts'

const allow: Answer = { verdict: 'Allow', httpStatus: undefined, headers: [], body: '', metadata: {} }
const deny: Answer = { ...allow, verdict: 'Deny', httpStatus: 403 }
const hex = (answer: Answer) => encodeAnswer(answer).toString('hex')

/** What another implementation reads out of these is tested over the wire: tests/e2e/authz-wire.test.ts. */
describe('answers, byte for byte', () => {
  test('allowed: a status that is there and says nothing, and an empty ok_response', () => {
    expect(hex(allow)).toBe('0a001a00')
  })

  test('denied: PERMISSION_DENIED, and the status of HTTP', () => {
    expect(hex(deny)).toBe('0a0208071205 0a03089303'.replace(' ', ''))
  })

  test('a denial without a status has 403', () => {
    expect(hex({ ...deny, httpStatus: undefined })).toBe(hex(deny))
  })

  test('headers replace those of their name; body and metadata', () => {
    const answer: Answer = { ...deny, headers: [['a', 'b']], body: 'no', metadata: { t: '', n: 1.5 } }
    const header = '120a0a060a01611201621802'
    const text = '0a070a017412021a00'
    const number = '0a0e0a016e120911000000000000f83f'
    expect(hex(answer)).toBe(`0a0208071215${'0a03089303'}${header}${'1a026e6f'}2219${text}${number}`)
  })
})

describe('the writer', () => {
  test.each([0, 1, 127, 128, 16_383, 16_384, 300_000])(
    'a message of a text of %i bytes has its length',
    (size) => {
      const text = 'x'.repeat(size)
      const written = new WireWriter().message(1, (writer) =>
        writer.message(1, () => writer.textAlways(1, text)),
      )
      const inner = Buffer.concat([Buffer.from([0x0a]), length(size), Buffer.from(text)])
      const middle = Buffer.concat([Buffer.from([0x0a]), length(inner.length), inner])
      const outer = Buffer.concat([Buffer.from([0x0a]), length(middle.length), middle])
      expect(written.finish().equals(outer)).toBe(true)
    },
  )
})

function length(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>= 7) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}
