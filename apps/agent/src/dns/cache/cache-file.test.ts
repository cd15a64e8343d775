import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ip, parseIp } from '@margay/netset'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CacheFile, CacheFileError } from './cache-file.ts'
import { formatCache, parseCache } from './cache-text.ts'
import { graceSeconds, NameCache } from './name-cache.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'margay-dns-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const ip = (text: string) => parseIp(text) as Ip
const path = () => join(home, 'state', 'dns.json')
const origin = { server: ip('10.96.0.10'), client: ip('fd00::7') }
const startMs = Date.parse('2026-01-02T03:04:05Z')
const lifetimes = { floorSeconds: 0, extraSeconds: 0 }
const [v4, v6] = [ip('198.51.100.1'), ip('2001:db8::1')]

function filled(): NameCache {
  const cache = new NameCache({ lifetimes })
  const question = { name: 'www.example.com', type: 1 }
  const aliases = [{ name: 'www.example.com', target: 'edge.example.net', ttlSeconds: 300 }]
  const addresses = [
    { name: 'edge.example.net', address: v4, ttlSeconds: 5 },
    { name: 'edge.example.net', address: v6, ttlSeconds: 300 },
  ]
  cache.learn({ question, aliases, addresses }, origin, startMs)
  return cache
}

const textOf = (cache: NameCache, savedMs: number) => [...formatCache(cache.entries(), savedMs)].join('')

const restored = (text: string, nowMs: number) => {
  const { entries, savedMs } = parseCache(text)
  const cache = new NameCache({ lifetimes })
  return { cache, changed: cache.restore(entries, savedMs, nowMs) }
}

test('what was saved is known again, with its source and its end', async () => {
  const cache = filled()
  await new CacheFile(path()).save(formatCache(cache.eachEntry(), startMs + 1000))
  expect((statSync(path()).mode & 0o777).toString(8)).toBe('600')
  expect(readdirSync(join(home, 'state'))).toEqual(['dns.json'])
  const { saved, problem } = await new CacheFile(path()).load()
  expect(problem).toBeUndefined()
  expect(saved).toEqual({ savedMs: startMs + 1000, entries: [...cache.eachEntry()], unreadable: 0 })
})

test('what ended while nobody looked is held for the grace, and then goes', () => {
  const text = textOf(filled(), startMs + 1000)
  const laterMs = startMs + 30_000
  const { cache, changed } = restored(text, laterMs)
  expect(changed).toEqual([v4, v6])
  expect(cache.namesOf(v4)).toEqual(['edge.example.net', 'www.example.com'])
  expect(cache.expire(laterMs + graceSeconds * 1000 - 1)).toEqual([])
  expect(cache.expire(laterMs + graceSeconds * 1000)).toEqual([v4])
  expect(cache.expire(startMs + 300_000)).toEqual([v6])
})

test('what was known by that grace alone is not taken a second time', () => {
  const laterMs = startMs + 30_000
  const { cache } = restored(textOf(filled(), startMs), laterMs)
  const again = restored(textOf(cache, laterMs + 1000), laterMs + 2000)
  expect(again.changed).toEqual([v6])
})

test('a clock that was set back makes nothing last longer than if it were told now', () => {
  const { cache } = restored(textOf(filled(), startMs), 0)
  expect(cache.expire(86_400_000)).toEqual([v4, v6])
})

test('an answer that came before what was saved was read counts as well', () => {
  const cache = filled()
  cache.restore(parseCache(textOf(filled(), startMs)).entries, startMs, startMs + 1000)
  expect(cache.size).toBe(3)
  expect(cache.expire(startMs + 300_000)).toEqual([v4, v6])
})

test.each([
  ['cut', (text: string) => text.slice(0, -40), 'expected JSON'],
  ['of another version', (text: string) => text.replace('1', '7'), 'expected version 1, not 7'],
  ['without a time', (text: string) => text.replace('"savedMs":', '"saved":'), 'expected savedMs'],
  ['something else', () => 'null', 'expected version 1, not undefined'],
])('a file that is %s is told of and kept aside', async (_, damage, reason) => {
  await new CacheFile(path()).save([damage(textOf(filled(), startMs))])
  const { saved, problem } = await new CacheFile(path()).load()
  expect(saved).toBeUndefined()
  expect(problem).toContain(reason)
  expect([existsSync(path()), existsSync(`${path()}.unreadable`)]).toEqual([false, true])
})

test.each([
  ['name', '"name":"edge.example.net"', '"name":"edge..net"'],
  ['address', '"address":"198.51.100.1"', '"address":"198.51.100.256"'],
  ['time', '"ttlEndMs":', '"ttlEndMs":-'],
  ['source', '"client":"fd00::7"', '"client":7'],
])('a record with a %s that is none is left out and counted', (_, from, to) => {
  const { entries, unreadable } = parseCache(textOf(filled(), startMs).replace(from, to))
  expect([entries.length, unreadable]).toEqual([2, 1])
})

test('what others could have written is not taken', async () => {
  await new CacheFile(path()).save([textOf(filled(), startMs)])
  chmodSync(path(), 0o622)
  const { saved, problem } = await new CacheFile(path()).load()
  expect([saved, problem]).toEqual([
    undefined,
    `${path()}: others could write it; moved to ${path()}.unreadable`,
  ])
})

test('of a large cache nothing is lost between pieces, and what is learnt while it is saved does no harm', async () => {
  const cache = new NameCache({ lifetimes })
  const learn = (n: number) => {
    const addresses = [
      { name: `n${n}.com`, address: { version: 4, value: v4.value + BigInt(n) } as Ip, ttlSeconds: 60 },
    ]
    cache.learn({ question: { name: `n${n}.com`, type: 1 }, aliases: [], addresses }, origin, startMs)
  }
  for (let n = 0; n < 1000; n++) learn(n)
  const pieces = formatCache(cache.eachEntry(), startMs)
  const saving = new CacheFile(path()).save(pieces)
  for (let n = 1000; n < 1010; n++) learn(n)
  cache.expire(startMs + 10)
  await saving
  const { saved, problem } = await new CacheFile(path()).load()
  expect([problem, saved?.unreadable]).toEqual([undefined, 0])
  expect(saved?.entries.length).toBeGreaterThanOrEqual(1000)
})

test('no file is no problem, and one that can not be written is an error that names it', async () => {
  expect(await new CacheFile(path()).load()).toEqual({ saved: undefined, problem: undefined })
  writeFileSync(join(home, 'state'), '')
  const failed = new CacheFile(path()).save([])
  await expect(failed).rejects.toThrow(CacheFileError)
  await expect(failed).rejects.toThrow(path())
})
