import { expect, test } from 'vitest'
import { TestClock } from '../testing/test-clock.ts'
import { MemoryFiles } from '../testing/test-server.ts'
import { ensurePki } from './ensure-pki.ts'
import { watchExpiry } from './expiry.ts'

const start = '2026-01-01T00:00:00Z'
const dayMs = 24 * 60 * 60 * 1000

test('the end of the server certificate is told each day of its last month', async () => {
  const pki = await ensurePki('/pki', new MemoryFiles(), { now: new Date(start) })
  const [clock, lines] = [new TestClock(start), [] as string[]]
  const stop = watchExpiry(pki, clock, { info: (line) => lines.push(line), error: () => undefined })
  clock.advance(335 * dayMs)
  expect(lines).toEqual([])
  clock.advance(2 * dayMs)
  const line =
    "warning: the server's certificate ends on 2027-01-01: restart the server, which makes a new one"
  expect(lines).toEqual([line, line])
  stop()
  clock.advance(2 * dayMs)
  expect(lines).toHaveLength(2)
})

test('a new authority is told of before the start that makes it, since all credentials end with the old one', async () => {
  const files = new MemoryFiles()
  await ensurePki('/pki', files, { now: new Date(start) })
  const later = new Date(Date.parse(start) + (3650 - 365 - 29) * dayMs)
  const pki = await ensurePki('/pki', files, { now: later })
  const [clock, lines] = [new TestClock(later.toISOString()), [] as string[]]
  watchExpiry(pki, clock, { info: (line) => lines.push(line), error: () => undefined })()
  expect(lines).toEqual([
    'warning: the first start after 2034-12-30 makes a new certificate authority: every kubeconfig must then be issued anew',
  ])
})
