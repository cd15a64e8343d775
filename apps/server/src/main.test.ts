import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServer, runServer } from './main.ts'
import { StartupError } from './startup-error.ts'

let directory: string
let runs = 0
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'margay-server-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const errors: string[] = []
const optionsFor = (dataDir: string) => ({
  dataDir,
  host: '127.0.0.1',
  port: 0,
  printError: (line: string) => errors.push(line),
})
const newDirectory = (): string => join(directory, `run-${runs++}`)

test('prints where it listens and where the kubeconfig is, and stops with the signal', async () => {
  const dataDir = newDirectory()
  const lines: string[] = []
  const stop = new AbortController()
  const print = (line: string): void => {
    if (lines.push(line) === 2) stop.abort()
  }
  await runServer({ ...optionsFor(dataDir), print, signal: stop.signal })
  expect(lines[0]).toMatch(/^margay server listens on https:\/\/127\.0\.0\.1:\d+, data in /)
  expect(lines[1]).toBe(`kubeconfig: ${join(dataDir, 'kubeconfig')}`)
  const again = await openServer(optionsFor(dataDir))
  await again.close()
})

test('keeps its secrets to the owner', async () => {
  const dataDir = newDirectory()
  const server = await openServer(optionsFor(dataDir))
  await server.close()
  const mode = (path: string): number => statSync(join(dataDir, path)).mode & 0o777
  expect(['.', 'kubeconfig', 'pki/ca.key', 'pki/server.key', 'pki/admin.key'].map(mode)).toEqual([
    0o700, 0o600, 0o600, 0o600, 0o600,
  ])
})

test('the kubeconfig of one run is good for the next', async () => {
  const dataDir = newDirectory()
  const first = await openServer(optionsFor(dataDir))
  const before = readFileSync(first.kubeconfigPath, 'utf8')
  await first.close()
  const second = await openServer({ ...optionsFor(dataDir), port: first.port })
  expect(readFileSync(second.kubeconfigPath, 'utf8')).toBe(before)
  await second.close()
})

/** The one line that a person would see. */
async function problem(start: Promise<unknown>): Promise<[string, string]> {
  const error = await start.catch((caught: unknown) => caught)
  if (!(error instanceof StartupError))
    throw new Error('it started, or failed in another way', { cause: error })
  expect(error.message).not.toContain('\n')
  return [error.problem, error.message]
}

test('a port in use', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const dataDir = newDirectory()
  expect(await problem(openServer({ ...optionsFor(dataDir), port }))).toEqual([
    'AddressInUse',
    `port ${port} on 127.0.0.1 is already in use; choose another one`,
  ])
  taken.close()
  await (await openServer(optionsFor(dataDir))).close()
})

test('an address of another machine', async () => {
  const [code, message] = await problem(openServer({ ...optionsFor(newDirectory()), host: '192.0.2.1' }))
  expect([code, message]).toEqual(['AddressNotFound', '192.0.2.1 is not an address of this machine'])
})

test('a database that another server has open', async () => {
  const dataDir = newDirectory()
  const first = await openServer(optionsFor(dataDir))
  const [code, message] = await problem(openServer(optionsFor(dataDir)))
  expect(code).toBe('DatabaseLocked')
  expect(message).toContain(`${join(dataDir, 'margay.db')} is in use by another process`)
  await first.close()
})

test('a directory that can not be made or written to', async () => {
  const file = newDirectory()
  writeFileSync(file, 'in the way')
  expect((await problem(openServer(optionsFor(file))))[0]).toBe('DirectoryNotWritable')
  const [code, message] = await problem(openServer(optionsFor(join(file, 'below'))))
  expect([code, message]).toEqual([
    'DirectoryNotWritable',
    `cannot write to ${join(file, 'below')}: a part of the path is not a directory`,
  ])
})

test('a database file that is none', async () => {
  const dataDir = newDirectory()
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'margay.db'), 'not a database '.repeat(1000))
  expect((await problem(openServer(optionsFor(dataDir))))[0]).toBe('DatabaseUnusable')
})
