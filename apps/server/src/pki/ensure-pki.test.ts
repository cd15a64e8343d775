import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { MemoryFiles } from '../testing/test-server.ts'
import { inspect, type KeyPair } from './certificates.ts'
import { ensurePki } from './ensure-pki.ts'

const start = new Date('2026-01-01T00:00:00Z')
const later = (days: number): Date => new Date(start.getTime() + days * 24 * 60 * 60 * 1000)

test('the first start makes an authority, a server certificate and an administrator', async () => {
  const pki = await ensurePki('/pki', new MemoryFiles(), {
    now: start,
    names: ['10.0.0.5', 'margay.example.org'],
  })
  const ca = { cert: pki.caCert, key: '' }
  for (const name of ['127.0.0.1', '::1', 'localhost', '10.0.0.5', 'margay.example.org']) {
    expect([name, inspect(pki.server)?.isFor(name)]).toEqual([name, true])
  }
  expect(inspect(pki.server)?.isFor('10.0.0.6')).toBe(false)
  for (const pair of [pki.server, pki.admin]) expect(inspect(pair)?.isSignedBy(ca)).toBe(true)
  expect(new X509Certificate(pki.admin.cert).subject).toBe('O=system:masters\nCN=margay-admin')
  expect(new X509Certificate(pki.caCert).ca).toBe(true)
  expect(new X509Certificate(pki.server.cert).ca).toBe(false)
})

test('only keys are kept private, and all of them', async () => {
  const files = new MemoryFiles()
  await ensurePki('/pki', files, { now: start })
  expect([...files.privatePaths].sort()).toEqual(['/pki/admin.key', '/pki/ca.key', '/pki/server.key'])
  for (const [path, content] of files.contents)
    expect(content.includes('PRIVATE KEY')).toBe(path.endsWith('.key'))
})

describe('later starts', () => {
  const run = async (
    days: number,
    names: string[] = [],
    harm: (files: MemoryFiles) => void = () => undefined,
  ) => {
    const files = new MemoryFiles()
    const before = await ensurePki('/pki', files, { now: start })
    harm(files)
    const after = await ensurePki('/pki', files, { now: later(days), names })
    const isSame = (a: KeyPair, b: KeyPair): boolean => a.cert === b.cert && a.key === b.key
    return {
      ca: before.caCert === after.caCert,
      server: isSame(before.server, after.server),
      admin: isSame(before.admin, after.admin),
    }
  }

  test.each([
    ['use the same files', 100, { ca: true, server: true, admin: true }],
    ['make new certificates 30 days before the end', 336, { ca: true, server: false, admin: false }],
    ['make a new authority a year before its end', 3650 - 364, { ca: false, server: false, admin: false }],
  ])('%s', async (_name, days, want) => expect(await run(days)).toEqual(want))

  test('make a new server certificate for a new name', async () => {
    expect(await run(1, ['10.0.0.5'])).toEqual({ ca: true, server: false, admin: true })
  })

  test('mend what is damaged, missing or mixed up', async () => {
    const cut = (files: MemoryFiles) => files.contents.set('/pki/server.crt', 'nonsense')
    expect(await run(1, [], cut)).toEqual({ ca: true, server: false, admin: true })
    const lose = (files: MemoryFiles) => void files.contents.delete('/pki/admin.key')
    expect(await run(1, [], lose)).toEqual({ ca: true, server: true, admin: false })
    const swap = (files: MemoryFiles) => {
      files.contents.set('/pki/admin.key', files.contents.get('/pki/server.key') ?? '')
    }
    expect(await run(1, [], swap)).toEqual({ ca: true, server: true, admin: false })
    const loseAuthority = (files: MemoryFiles) => void files.contents.delete('/pki/ca.key')
    expect(await run(1, [], loseAuthority)).toEqual({ ca: false, server: false, admin: false })
  })
})
