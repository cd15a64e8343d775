import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { tooManyRequests } from '../status/api-error.ts'
import { discardBody, maxBodyBytes, readBody } from './read-body.ts'

/** Says what is held, and the most that was. */
function memory(limit = Number.POSITIVE_INFINITY) {
  let [held, most] = [0, 0]
  return {
    takeBody: (bytes: number) => {
      if (held + bytes > limit) throw tooManyRequests()
      held += bytes
      most = Math.max(most, held)
    },
    returnBody: () => {
      held = 0
    },
    get held() {
      return held
    },
    get most() {
      return most
    },
  }
}

function chunksOf(bytes: Uint8Array, size: number): Readable {
  const count = Math.ceil(bytes.length / size)
  const chunks = Array.from({ length: count }, (_, n) => bytes.subarray(n * size, (n + 1) * size))
  return Readable.from(chunks, { objectMode: false })
}

const rules = { declaredBytes: 0, withinMs: 60_000 }

test.each([64, 1001, 65_536, 1_000_000])(
  'chunks of %i bytes: the body is whole, and takes twice its size at most',
  async (size) => {
    const sent = crypto.getRandomValues(new Uint8Array(50_000))
    const own = memory()
    expect(Buffer.compare(await readBody(chunksOf(sent, size), { ...rules, memory: own }), sent)).toBe(0)
    expect(own.most).toBeGreaterThanOrEqual(sent.length)
    expect(own.most).toBeLessThanOrEqual(2 * sent.length)
  },
)

test('of just the limit: nothing above the limit is taken', async () => {
  const own = memory()
  const body = await readBody(chunksOf(new Uint8Array(maxBodyBytes), 50_001), { ...rules, memory: own })
  expect([body.length, own.most]).toEqual([maxBodyBytes, maxBodyBytes])
})

test.each([
  ['over the limit', maxBodyBytes + 1, memory(), 413],
  ['without room', 200_000, memory(100_000), 429],
])('%s: the rest is not kept, and what was kept is given back', async (_name, size, own, code) => {
  const reading = readBody(chunksOf(new Uint8Array(size), 50_000), { ...rules, memory: own })
  await expect(reading).rejects.toMatchObject({ code })
  expect(own.held).toBe(0)
})

test('the first thousand chunks may be tiny, and no more: 400', async () => {
  const few = await readBody(chunksOf(new Uint8Array(1000), 1), { ...rules, memory: memory() })
  expect(few).toHaveLength(1000)
  const reading = readBody(chunksOf(new Uint8Array(60_000), 16), { ...rules, memory: memory() })
  await expect(reading).rejects.toMatchObject({ code: 400 })
})

test('what is thrown away breaks off when it comes in tiny chunks, or without end', async () => {
  const rest = (request: Readable) =>
    new Promise((resolve) => {
      request.once('end', () => resolve('end')).once('close', () => resolve('broken off'))
      discardBody(request)
    })
  expect(await rest(chunksOf(new Uint8Array(3_000_000), 1000))).toBe('end')
  expect(await rest(chunksOf(new Uint8Array(60_000), 16))).toBe('broken off')
  expect(await rest(chunksOf(new Uint8Array(40_000_000), 65_536))).toBe('broken off')
})

test('what breaks off is not taken for the whole', async () => {
  const request = new Readable({ read: () => undefined })
  const reading = readBody(request, { ...rules, memory: memory() })
  request.push('{}')
  request.destroy()
  await expect(reading).rejects.toThrow('broke off')
  await expect(readBody(request, { ...rules, memory: memory() })).rejects.toThrow('broke off')
})
