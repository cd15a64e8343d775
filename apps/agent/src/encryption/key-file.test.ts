import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrivateKey } from '@margay/netlink'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KeyFileError, KeyFiles } from './key-file.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'margay-keys-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const key = PrivateKey.ofBytes(new Uint8Array(32).fill(7))
const other = PrivateKey.ofBytes(new Uint8Array(32).fill(9))
const madeAt = new Date('2026-01-02T03:04:05Z')
const directory = () => join(home, 'state')
const files = () => new KeyFiles(directory())
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('a key is what was saved, for each IP version, and when it was made', async () => {
  await files().save(4, { key, madeAt })
  await files().save(6, { key: other, madeAt })
  const [four, six] = [await files().load(4), await files().load(6)]
  expect([four?.key.publicKey, six?.key.publicKey]).toEqual([key.publicKey, other.publicKey])
  expect([four?.madeAt, four?.doubt]).toEqual([madeAt, undefined])
  await files().forget(4)
  expect(await files().load(4)).toBeUndefined()
  expect((await files().load(6))?.key.equals(other)).toBe(true)
})

test('nothing is there, and nothing is forgotten, where there is no directory', async () => {
  expect(await files().load(4)).toBeUndefined()
  await files().forget(4)
  expect(readdirSync(home)).toEqual([])
})

test('files and their directory are for root alone, whatever the mask of the process is', async () => {
  const mask = process.umask(0)
  try {
    await files().save(4, { key, madeAt })
  } finally {
    process.umask(mask)
  }
  expect([modeOf(files().pathOf(4)), modeOf(directory())]).toEqual(['600', '700'])
  expect(readdirSync(directory())).toEqual(['wireguard-ipv4.key'])
})

test.each([0o640, 0o604, 0o660])('a key that others could read is doubted: mode %o', async (mode) => {
  await files().save(4, { key, madeAt })
  chmodSync(files().pathOf(4), mode)
  expect((await files().load(4))?.doubt).toBe(`others could read ${files().pathOf(4)}`)
  await files().save(4, { key: other, madeAt })
  expect((await files().load(4))?.doubt).toBeUndefined()
})

test.each([
  '',
  'hello',
  `${key.revealBase64().slice(0, 20)}\n`,
  'A'.repeat(43),
  `${Buffer.alloc(32).toString('base64')}\n`,
])('what is no key is put aside and counts as none: %j', async (content) => {
  mkdirSync(directory())
  writeFileSync(files().pathOf(4), content, { mode: 0o600 })
  expect(await files().load(4)).toBeUndefined()
  expect(readdirSync(directory())).toEqual(['wireguard-ipv4.key.unreadable'])
  expect(readFileSync(`${files().pathOf(4)}.unreadable`, 'utf8')).toBe(content)
})

test('what a process left that died between writing and renaming is no key, and in nobody’s way', async () => {
  await files().save(4, { key, madeAt })
  const half = `${files().pathOf(4)}.new`
  writeFileSync(half, other.revealBase64().slice(0, 10))
  expect((await files().load(4))?.key.equals(key)).toBe(true)
  await files().save(4, { key: other, madeAt })
  expect((await files().load(4))?.key.equals(other)).toBe(true)
  expect(readdirSync(directory())).toEqual(['wireguard-ipv4.key'])
})

test('a key that was written and not renamed is not left behind where keys are forgotten', async () => {
  await files().save(4, { key, madeAt })
  writeFileSync(`${files().pathOf(4)}.new`, `${other.revealBase64()}\n`)
  await files().forget(4)
  expect(readdirSync(directory())).toEqual([])
})

test('nothing is written where a link of somebody else leads', async () => {
  mkdirSync(directory())
  const elsewhere = join(home, 'elsewhere')
  symlinkSync(elsewhere, `${files().pathOf(4)}.new`)
  await files().save(4, { key, madeAt })
  expect(readdirSync(home)).toEqual(['state'])
})

test('an error says where and why, and nothing of the key', async () => {
  writeFileSync(directory(), '')
  const failure = await files()
    .save(4, { key, madeAt })
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(KeyFileError)
  expect(String(failure)).toBe(`KeyFileError: key file ${files().pathOf(4)}: EEXIST`)
  await expect(files().load(4)).rejects.toThrow(/ENOTDIR/)
})
