import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AuditLog, AuditWriteError } from './audit-log.ts'
import { sampleEvent } from './testing/sample-event.ts'
import { verifyLog } from './verify-log.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'margay-audit-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const clock = { now: () => new Date('2026-01-02T03:04:05Z') }
const files = () => readdirSync(directory).sort()
const read = (name: string) => readFileSync(join(directory, name), 'utf8')

test('records that are handed in at once stand in that order, and are on disk when append resolves', async () => {
  const log = await AuditLog.open({ directory, clock })
  await Promise.all(['a', 'b', 'c'].map((name) => log.append([sampleEvent({ name })])))
  const names = read('audit-000000000001.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).objectRef.name)
  expect(names).toEqual(['a', 'b', 'c'])
  expect(await verifyLog(directory, { head: log.head })).toMatchObject({ ok: true, records: 3 })
  await log.close()
})

test('the chain goes on over restarts', async () => {
  for (const name of ['a', 'b']) {
    const log = await AuditLog.open({ directory, clock })
    await log.append([sampleEvent({ name })])
    await log.close()
  }
  expect(await verifyLog(directory)).toMatchObject({ ok: true, first: 1, records: 2 })
})

test('a line that a dying process left half written is cut off', async () => {
  const first = await AuditLog.open({ directory, clock })
  await first.append([sampleEvent()])
  await first.close()
  appendFileSync(join(directory, 'audit-000000000001.jsonl'), '{"kind":"Event","apiV')
  const second = await AuditLog.open({ directory, clock })
  await second.append([sampleEvent({ name: 'b' })])
  await second.close()
  expect(await verifyLog(directory)).toMatchObject({ ok: true, records: 2 })
})

test('a file that has grown too large is followed by a new one, in one chain', async () => {
  const log = await AuditLog.open({ directory, clock, maxFileBytes: 1000 })
  for (const name of ['a', 'b', 'c', 'd']) await log.append([sampleEvent({ name })])
  await log.close()
  expect(files()).toEqual(['audit-000000000001.jsonl', 'audit-000000000003.jsonl'])
  expect(await verifyLog(directory)).toMatchObject({ ok: true, records: 4 })
})

test('a file that was begun and never filled is filled after a restart', async () => {
  const log = await AuditLog.open({ directory, clock })
  await log.append([sampleEvent()])
  await log.close()
  writeFileSync(join(directory, 'audit-000000000002.jsonl'), '')
  const next = await AuditLog.open({ directory, clock })
  await next.append([sampleEvent({ name: 'b' })])
  await next.close()
  expect(read('audit-000000000002.jsonl')).toContain('"name":"b"')
  expect(await verifyLog(directory)).toMatchObject({ ok: true, records: 2 })
})

test('retention removes whole old files, and a record says which', async () => {
  const log = await AuditLog.open({ directory, clock, maxFileBytes: 1, maxFiles: 2 })
  for (const name of ['a', 'b', 'c', 'd']) await log.append([sampleEvent({ name })])
  await log.close()
  expect(files()).toHaveLength(2)
  const text = files().map(read).join('')
  expect(text).toMatch(/records \d+ to \d+ were removed by retention/)
  expect(await verifyLog(directory)).toMatchObject({ ok: true })
})

test('what can not be written is an error, and the log is whole when it can be written again', async () => {
  const log = await AuditLog.open({ directory, clock, maxFileBytes: 1 })
  await log.append([sampleEvent({ name: 'a' })])
  const circular = { ...sampleEvent(), requestObject: {} as Record<string, unknown> }
  circular.requestObject.self = circular.requestObject
  await expect(log.append([circular])).rejects.toThrow(AuditWriteError)
  await log.append([sampleEvent({ name: 'c' })])
  await log.close()
  expect(await verifyLog(directory)).toMatchObject({ ok: true, records: 2 })
})
