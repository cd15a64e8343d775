import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { MetricsServer } from './metrics-server.ts'

let clock: FakeClock
let lines: string[]
let value: number
let failure: Error | undefined
let server: MetricsServer

beforeEach(() => {
  clock = new FakeClock()
  lines = []
  value = 0
  failure = undefined
  server = new MetricsServer({
    clock,
    log: (line) => lines.push(line),
    metrics: async ({ wireguard }) => {
      value++
      if (failure !== undefined) throw failure
      return [
        { name: wireguard ? 'with' : 'without', type: 'gauge', help: 'h', samples: [{ labels: {}, value }] },
      ]
    },
  })
})
afterEach(() => server.stop())

const settings = { host: '127.0.0.1', port: 0, wireguard: true }
const listening = () => vi.waitFor(() => expect(server.port).toBeGreaterThan(0))
const get = (path = '/metrics', method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method })

test('answers at /metrics, in the format of Prometheus', async () => {
  server.serve(settings)
  await listening()
  const response = await get()
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await response.text()).toBe('# HELP with h\n# TYPE with gauge\nwith 1\n')
  expect((await get('/')).status).toBe(404)
  expect((await get('/metrics', 'POST')).status).toBe(405)
})

test('reads at most once in a second', async () => {
  server.serve(settings)
  await listening()
  await Promise.all([get(), get(), get()])
  expect(value).toBe(1)
  await clock.advance(1000)
  expect(await (await get()).text()).toContain('with 2\n')
})

test('what can’t be read is an error, and is read anew', async () => {
  server.serve(settings)
  await listening()
  failure = new Error('no device')
  expect((await get()).status).toBe(500)
  failure = undefined
  await clock.advance(1000)
  expect((await get()).status).toBe(200)
})

test('follows its settings, and does not begin anew where they stay', async () => {
  server.serve(settings)
  await listening()
  const { port } = server
  server.serve({ ...settings })
  expect(server.port).toBe(port)
  server.serve({ ...settings, wireguard: false })
  await listening()
  expect(await (await get()).text()).toContain('without ')
  server.serve(undefined)
  expect(server.port).toBeUndefined()
})

test('a port that somebody else has is told once, and tried again', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  server.serve({ ...settings, port })
  await vi.waitFor(() => expect(lines).toHaveLength(1))
  expect(lines[0]).toMatch(/^metrics: listen EADDRINUSE.*; trying again$/)
  await clock.advance(5000)
  await new Promise((resolve) => other.close(resolve))
  await vi.waitFor(async () => {
    await clock.advance(5000)
    expect(lines.slice(1)).toEqual([`metrics are served at 127.0.0.1, port ${port}`])
  })
})
