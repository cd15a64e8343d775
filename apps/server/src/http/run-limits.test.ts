import { expect, test } from 'vitest'
import { defaultLimits } from './limits.ts'
import { maxOpenFiles, runLimits } from './run-limits.ts'

const { connections, requests } = defaultLimits

test('where files are plenty, the defaults hold', () => {
  expect(runLimits({}, Number.POSITIVE_INFINITY)).toEqual(defaultLimits)
})

test('connections leave a quarter of the open files to the server, whatever was wanted', () => {
  const few = { total: 768, perAddress: 384, unproven: 768, unprovenPerAddress: 384 }
  expect(runLimits({}, 1024).connections).toEqual(few)
  expect(runLimits({ connections: 5000 }, 1024).connections).toEqual(few)
})

test('what was wanted holds', () => {
  expect(runLimits({ connections: 100, connectionsPerAddress: 90, mutating: 7 }, 20_000)).toMatchObject({
    connections: { total: 100, perAddress: 90, unproven: 100, unprovenPerAddress: 50 },
    requests: { reading: requests.reading, mutating: 7 },
  })
})

test('five thousand agents fit, of ten connections each', () => {
  expect(connections.total).toBeGreaterThanOrEqual(50_000)
})

test('how many files may be open is what the system says', async () => {
  const text =
    'Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n'
  expect(await maxOpenFiles({ read: async () => text })).toBe(1024)
  expect(await maxOpenFiles({ read: async () => 'Max open files  unlimited  unlimited  files' })).toBe(
    Infinity,
  )
  expect(await maxOpenFiles({ read: async () => undefined })).toBe(Infinity)
})
