import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatIp, type Ip, parseIp } from '@margay/netset'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { AnswerJournal, type JournalEntry } from './cache/answer-journal.ts'
import { CacheFile } from './cache/cache-file.ts'
import { NameCache } from './cache/name-cache.ts'
import { CacheKeeper, unknownLifetimes } from './cache-keeper.ts'

let directory: string
let clock: FakeClock
const lines: string[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'margay-names-'))
  clock = new FakeClock()
  lines.length = 0
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const ip = (text: string) => parseIp(text) as Ip
const origin = { server: ip('10.0.0.10'), client: ip('10.65.0.1') }

/** An agent's life, with what an earlier one left. */
class Run {
  readonly cache = new NameCache({ lifetimes: unknownLifetimes })
  readonly path = join(directory, 'state', 'dns-cache.json')
  readonly keeper = new CacheKeeper({
    cache: this.cache,
    file: new CacheFile(this.path),
    journal: new AnswerJournal(`${this.path}.journal`),
    clock,
    log: (line) => lines.push(line),
  })

  learns(name: string, address: string, ttlSeconds = 300): void {
    const record = { name, address: ip(address), ttlSeconds }
    const answer = { question: { name, type: 1 }, aliases: [], addresses: [record] }
    const entry: JournalEntry = { answer, origin, atMs: clock.now().getTime() }
    this.cache.learn(answer, origin, entry.atMs)
    this.keeper.note([entry])
  }

  async restored(): Promise<string[]> {
    const named = await this.keeper.restore()
    return named.map(({ address, names }) => `${formatIp(address)} ${names.join()}`).sort()
  }
}

test('what an agent that was killed knew, it knows again: what was written down, and what came since', async () => {
  const killed = new Run()
  killed.learns('a.com', '203.0.113.1')
  await killed.keeper.save()
  killed.learns('b.com', '203.0.113.2', 1)
  killed.learns('a.com', '203.0.113.3')
  await clock.advance(30_000)
  expect(await new Run().restored()).toEqual(['203.0.113.1 a.com', '203.0.113.2 b.com', '203.0.113.3 a.com'])
})

test('killed while it is written down, nothing is lost either', async () => {
  const killed = new Run()
  killed.learns('a.com', '203.0.113.1')
  const journal = new AnswerJournal(`${killed.path}.journal`)
  journal.begin()
  killed.learns('b.com', '203.0.113.2')
  journal.begin()
  expect(await new Run().restored()).toEqual(['203.0.113.1 a.com', '203.0.113.2 b.com'])
})

test('it is written down after a while, and the journal begins anew', async () => {
  const run = new Run()
  run.keeper.saveSeconds = 10
  run.learns('a.com', '203.0.113.1')
  expect(existsSync(run.path)).toBe(false)
  await clock.advance(10_000)
  await run.keeper.stop()
  expect(statSync(run.path).mode & 0o777).toBe(0o600)
  expect(existsSync(`${run.path}.journal`) || existsSync(`${run.path}.journal.old`)).toBe(false)
  expect(await new Run().restored()).toEqual(['203.0.113.1 a.com'])
})

test('a journal that is cut, or that others could write, harms nothing', async () => {
  const run = new Run()
  run.learns('a.com', '203.0.113.1')
  run.learns('b.com', '203.0.113.2')
  const journal = `${run.path}.journal`
  writeFileSync(journal, '{"answer": 1}\nnothing\n{"question"', { flag: 'a' })
  expect(await new Run().restored()).toEqual(['203.0.113.1 a.com', '203.0.113.2 b.com'])
  chmodSync(journal, 0o622)
  expect(await new Run().restored()).toEqual([])
})

test('where nothing can be written it is told once, and names are known all the same', () => {
  const run = new Run()
  writeFileSync(join(directory, 'state'), '')
  run.learns('a.com', '203.0.113.1')
  run.learns('b.com', '203.0.113.2')
  expect(lines).toEqual([expect.stringContaining('what is known of names is not kept')])
  expect(run.cache.size).toBe(2)
})
