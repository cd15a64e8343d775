import { expect, test } from 'vitest'
import { isShapingLink, shapingBucket, shapingLinkOf } from './shaping.ts'

test('bits become bytes, and what waits is at most 25 ms of the rate besides the burst', () => {
  expect(shapingBucket({ bitsPerSecond: 80_000_000, burstBits: 800_000, peak: undefined })).toEqual({
    bytesPerSecond: 10_000_000,
    burstBytes: 100_000,
    limitBytes: 350_000,
    peak: undefined,
  })
})

test('a burst is never smaller than a packet, nor larger than the kernel can count', () => {
  const peak = { bitsPerSecond: 9000, minBurstBytes: undefined }
  const small = shapingBucket({ bitsPerSecond: 8000, burstBits: 1000, peak })
  expect(small).toMatchObject({ burstBytes: 9018, peak: { bytesPerSecond: 1125, burstBytes: 9018 } })
  const large = shapingBucket({ bitsPerSecond: 1e15, burstBits: 34_359_738_360, peak: undefined })
  expect(large).toMatchObject({ bytesPerSecond: 1.25e14, burstBytes: 0xffff_ffff, limitBytes: 0xffff_ffff })
})

test('the link of an interface has a name that the kernel takes, and is told from others of its kind', () => {
  const name = shapingLinkOf('cali12d4a061371')
  expect(name).toBe('mgbw12d4a061371')
  expect(isShapingLink({ name, kind: 'ifb' })).toBe(true)
  expect(isShapingLink({ name: 'bwp12d4a061371', kind: 'ifb' })).toBe(false)
  expect(isShapingLink({ name, kind: 'veth' })).toBe(false)
})
