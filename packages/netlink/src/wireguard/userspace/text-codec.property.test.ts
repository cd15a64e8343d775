import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WireguardDecodeError } from '../errors.ts'
import { anyChange, anyTraffic, ModelDevice } from '../model-device.testkit.ts'
import { decodeGet } from './decode-get.ts'
import { encodeSet } from './encode-set.ts'
import { answerOf, applySet } from './process-side.testkit.ts'

test('a device that was told of changes by text reads as if it had been told by hand', () => {
  const property = fc.property(fc.array(anyChange, { maxLength: 4 }), anyTraffic, (changes, traffic) => {
    const [expected, told] = [new ModelDevice(), new ModelDevice()]
    for (const change of changes) {
      expected.apply(change)
      applySet(told, encodeSet(change))
    }
    for (const each of [expected, told]) each.setTraffic(traffic)
    expect(decodeGet(answerOf(told))).toEqual({ errno: undefined, device: expected.device })
  })
  fc.assert(property, { numRuns: 300 })
})

test('any text is read, or is a WireguardDecodeError', () => {
  const line = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.constantFrom('public_key', 'endpoint', 'errno', 'fwmark', 'allowed_ip'), fc.string())
      .map((x) => x.join('=')),
  )
  const property = fc.property(fc.array(line), (lines) => {
    try {
      decodeGet(`${lines.join('\n')}\n\n`)
    } catch (error) {
      expect(error).toBeInstanceOf(WireguardDecodeError)
    }
  })
  fc.assert(property)
})
