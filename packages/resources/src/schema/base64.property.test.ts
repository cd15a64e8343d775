import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64OfText } from './base64.ts'

test('base64 of a text is what every other encoder makes of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(base64OfText(text)).toBe(Buffer.from(text, 'utf8').toString('base64'))
    }),
  )
})
