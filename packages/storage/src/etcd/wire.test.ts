import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asInt, asText, intFieldAlways, message, readFields, textField, WireError } from './wire.ts'

test('what was written is read back: every number of 64 bits, and every text', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.string({ minLength: 1 }), (int, text) => {
      const [first, second] = readFields(message(intFieldAlways(3, int), textField(17, text)))
      if (first === undefined || second === undefined) throw new Error('a field is missing')
      expect([first.number, asInt(first), second.number, asText(second)]).toEqual([3, int, 17, text])
    }),
  )
})

test('bytes from the encoding guide', () => {
  expect([...intFieldAlways(1, 150)]).toEqual([0x08, 0x96, 0x01])
  expect([...textField(2, 'testing')]).toEqual([0x12, 7, ...Buffer.from('testing')])
})

test('a message that is cut off is refused', () => {
  const whole = textField(2, 'testing')
  for (let length = 1; length < whole.length; length++) {
    expect(() => [...readFields(whole.subarray(0, length))]).toThrow(WireError)
  }
})
