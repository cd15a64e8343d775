import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64OfText, bytesOfBase64, utf8Length } from './base64.ts'

test('base64 of a text is what every other encoder makes of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(base64OfText(text)).toBe(Buffer.from(text, 'utf8').toString('base64'))
    }),
  )
})

test('the lengths of a text in UTF-8, and of what base64 stands for, are those of the bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = Buffer.from(text, 'utf8')
      expect(utf8Length(text)).toBe(bytes.length)
      expect(bytesOfBase64(bytes.toString('base64'))).toBe(bytes.length)
    }),
  )
})

test('a text of megabytes, in pieces', () => {
  const text = 'aé€😀'.repeat(100_000)
  expect(base64OfText(text) === Buffer.from(text).toString('base64')).toBe(true)
})
