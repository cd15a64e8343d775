/** `margay kubeconfig` against the data directory of a real server, which takes what was issued. */
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, parseKubeconfig } from '@margay/client'
import { findKind } from '@margay/resources'
import { openServer, type RunningServer } from '@margay/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realIo } from '../real-io.ts'
import { run } from '../run.ts'

const now = new Date()
let directory: string
let server: RunningServer
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-kubeconfig-'))
  server = await openServer({ dataDir: directory, host: '127.0.0.1', port: 0, printError: () => undefined })
})
afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})

async function issue(...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const sink = (pieces: string[]) => ({ write: (text: string) => void pieces.push(text), isTerminal: false })
  const io = {
    ...realIo(),
    stdout: sink(out),
    stderr: sink(err),
    clock: { ...realIo().clock, now: () => now },
  }
  const exitCode = await run(['kubeconfig', '--data-dir', directory, ...args], io)
  return { exitCode, out: out.join(''), err: err.join('') }
}

const configOf = (text: string) =>
  parseKubeconfig(text, { path: 'k', readFile: (path) => readFileSync(path, 'utf8') })
const certificateOf = (text: string) => new X509Certificate(configOf(text).clientCertificate ?? '')

async function whoIs(text: string) {
  const client = new ApiClient(configOf(text))
  const kind = findKind('v1', 'Node')
  if (kind === undefined) throw new Error('no kind Node')
  try {
    return await client.list(kind).then(
      () => 'reads nodes',
      (error: Error) => error.message,
    )
  } finally {
    await client.close()
  }
}

test('a node may at once what an agent needs, and is called as Kubernetes calls it', async () => {
  const { exitCode, out, err } = await issue('node', 'node-1')
  expect(exitCode).toBe(0)
  expect(certificateOf(out).subject).toBe('O=system:nodes\nCN=system:node:node-1')
  expect(configOf(out).server).toBe(server.url)
  expect(await whoIs(out)).toBe('reads nodes')
  expect(err).toContain('warning: https://127.0.0.1:')
  expect(err).toMatch(/^kubeconfig: system:node:node-1 at https:.*, valid until \d{4}-\d\d-\d\dT[\d:]+Z$/m)
})

test('a node of the longest name is known by it', async () => {
  const name = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`
  expect(await whoIs((await issue('node', name)).out)).toBe('reads nodes')
})

test.each([['ann'], ['a, b="c" +d\\ #é'], ['O=system:masters'], ['#0c0161'], ['x "root"']])(
  'a user %j is just that, with the groups that were given',
  async (name) => {
    const { out } = await issue('user', name, '--group', 'shop-team', 'a,O=b')
    const { subject } = certificateOf(out).toLegacyObject()
    expect({ ...subject }).toEqual({ O: ['shop-team', 'a,O=b'], CN: name })
    expect(await whoIs(out)).toContain(`User ${JSON.stringify(name)} cannot list resource "nodes"`)
  },
)

test('a user of system:masters may everything, as whoever has the data directory may', async () => {
  expect(await whoIs((await issue('user', 'root', '--group', 'system:masters')).out)).toBe('reads nodes')
})

test('a file is for its owner alone, and nothing is printed', async () => {
  const path = join(directory, 'node-1.kubeconfig')
  const { out, err } = await issue('node', 'node-1', '--out', path)
  expect(out).toBe('')
  expect(err).toContain(`${path}: system:node:node-1 at`)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(await whoIs(readFileSync(path, 'utf8'))).toBe('reads nodes')
})

test('it is valid for a year, or as long as was said', async () => {
  const endOf = async (...args: string[]) => {
    const { out } = await issue('node', 'n', ...args)
    return Math.round((new Date(certificateOf(out).validTo).getTime() - now.getTime()) / 60_000)
  }
  expect(await endOf()).toBe(365 * 24 * 60)
  expect(await endOf('--validity-period', '12h')).toBe(12 * 60)
})

test('the address is the one that was given', async () => {
  const { out, err } = await issue('node', 'n', '--server', 'https://localhost:7443')
  expect(configOf(out).server).toBe('https://localhost:7443')
  expect(err).toContain('for an agent elsewhere give --server')
  const other = await issue('node', 'n', '--server', 'https://margay.example.com:6443')
  expect(other.err).toContain(
    "warning: the server's certificate is not for margay.example.com: start it with --name margay.example.com",
  )
})

describe('is refused, in a line that says what is allowed:', () => {
  test.each([
    [['node', 'Node_1'], "the node's name must be at most 253 characters"],
    [['node', 'n', '--group', 'g'], '--group is for users'],
    [['user', ''], 'the user: must be 1 to 253 characters'],
    [['user', 'ann', '--group', 'a\nb'], '--group: must be 1 to 253 characters'],
    [
      ['host', 'n'],
      "command-argument value 'host' is invalid for argument 'for'. Allowed choices are node, user.",
    ],
    [['node'], "missing required argument 'name'"],
    [['node', 'n', '--server', 'margay.example.com'], '--server: must be a URL such as https://'],
    [['node', 'n', '--server', 'http://margay.example.com'], '--server: must be a URL such as https://'],
    [['node', 'n', '--validity-period', '1y'], '--validity-period: must be a time such as 12h or 365d'],
    [['node', 'n', '--validity-period', '0d'], '--validity-period: must be a time such as 12h or 365d'],
    [['node', 'n', '--validity-period', '4000d'], "the server's authority ends on"],
    [['node', 'n', '--data-dir', '/nonexistent'], '/nonexistent/pki has no certificate authority'],
  ])('%j', async (args, message) => {
    const { exitCode, out, err } = await issue(...args)
    expect([exitCode, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })

  test('a file that can not be written', async () => {
    const { exitCode, err } = await issue('node', 'n', '--out', '/nonexistent/file')
    expect(exitCode).toBe(3)
    expect(err).toMatch(/error: \/nonexistent\/file.*: no such directory/)
  })
})
