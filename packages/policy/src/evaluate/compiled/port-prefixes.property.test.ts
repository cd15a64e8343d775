import fc from 'fast-check'
import { expect, test } from 'vitest'
import { portBits, portPrefixes } from './port-prefixes.ts'

const port = fc.oneof(fc.nat(65_535), fc.constantFrom(0, 1, 1023, 1024, 32_768, 65_534, 65_535))

test('prefixes are the range, each port once, and few', () => {
  fc.assert(
    fc.property(port, port, (min, max) => {
      const prefixes = portPrefixes({ min, max })
      const ranges = prefixes.map(({ length, prefix }) => {
        const size = 2 ** (portBits - length)
        return { min: prefix * size, max: prefix * size + size - 1 }
      })
      expect(prefixes.length).toBeLessThanOrEqual(30)
      if (min > max) expect(prefixes).toEqual([])
      if (min > max) return
      expect([ranges[0]?.min, ranges.at(-1)?.max]).toEqual([min, max])
      for (const [i, range] of ranges.slice(1).entries()) expect(range.min).toBe((ranges[i]?.max ?? 0) + 1)
    }),
  )
})

test.each([
  [{ min: 443, max: 443 }, [{ length: 16, prefix: 443 }]],
  [{ min: 0, max: 65_535 }, [{ length: 0, prefix: 0 }]],
  [
    { min: 8000, max: 8008 },
    [
      { length: 13, prefix: 1000 },
      { length: 16, prefix: 8008 },
    ],
  ],
])('%o', (range, prefixes) => expect(portPrefixes(range)).toEqual(prefixes))
