/** A threat feed from a server on this machine into the sets of a real `margay server`, as kubectl shows it: pulled, failing, killed, deleted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findKubectl, Kubectl } from '../../apps/server/src/testing/kubectl.ts'
import { type MargayProcess, margay, startMargay } from './support/margay.ts'

let directory: string
let server: MargayProcess
let lists: Server
let answer: { status: number; body: string }
const requests: IncomingMessage[] = []

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-feeds-'))
  lists = createServer((request, response) => {
    requests.push(request)
    const etag = `"${answer.body.length}"`
    if (answer.status === 200 && request.headers['if-none-match'] === etag) response.writeHead(304).end()
    else response.writeHead(answer.status, { etag, 'content-encoding': 'gzip' }).end(gzipSync(answer.body))
  })
  await new Promise<void>((resolve) => lists.listen(0, '127.0.0.1', resolve))
  server = await start(['--threat-feed-allow-local'])
})
afterAll(async () => {
  await server.stop()
  lists.close()
  rmSync(directory, { recursive: true, force: true })
})

async function start(flags: readonly string[]): Promise<MargayProcess> {
  const started = startMargay(['server', '--port', '0', '--data-dir', join(directory, 'data'), ...flags])
  await started.printed(/kubeconfig: /)
  return started
}

const kubeconfig = (): string => join(directory, 'data', 'kubeconfig')

async function run(args: readonly string[], input = ''): Promise<string> {
  const { exitCode, stdout, stderr } = await margay([...args, '--kubeconfig', kubeconfig()], { input })
  if (exitCode !== 0) throw new Error(stderr)
  return stdout
}

const read = async (what: readonly string[]) => JSON.parse(await run(['get', ...what, '-o', 'json']))
const nets = async () => (await read(['globalnetworkset', 'threatfeed.known'])).spec.nets
const status = async () => (await read(['globalthreatfeed', 'known'])).status

const feed = (): string =>
  JSON.stringify({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalThreatFeed',
    metadata: { name: 'known' },
    spec: {
      globalNetworkSet: { labels: { threat: 'known' } },
      pull: {
        period: '5m',
        http: {
          url: `http://127.0.0.1:${(lists.address() as AddressInfo).port}/list?key=hunter2`,
          headers: [
            {
              name: 'Authorization',
              valueFrom: { secretKeyRef: { name: 'globalthreatfeed-known-token', key: 'token' } },
            },
          ],
        },
      },
    },
  })

const secret = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'globalthreatfeed-known-token', namespace: 'margay-system' },
  stringData: { token: 'Bearer hunter3' },
})

test('without its secret nothing is asked; with it the list is in the set', async () => {
  answer = { status: 200, body: '192.0.2.0/25\n192.0.2.128/25 # both halves\n2001:db8::1\nnonsense\n' }
  await run(['apply', '-f', '-'], feed())
  await expect.poll(async () => (await status())?.errorConditions?.[0]?.type).toBe('HeadersMissing')
  expect(requests).toEqual([])
  await run(['apply', '-f', '-'], secret)
  // Whoever does not want to wait for the next try changes the feed.
  await run(['apply', '-f', '-'], feed().replace('"5m"', '"10m"'))
  await expect.poll(nets).toEqual(['192.0.2.0/24', '2001:db8::1/128'])
  expect(requests[0]?.headers.authorization).toBe('Bearer hunter3')
  expect(await status()).toMatchObject({ entries: 3, rejectedEntries: 1, nets: 2, sets: 1 })
})

test('kubectl shows it', async () => {
  const kubectl = new Kubectl(findKubectl() ?? 'kubectl', kubeconfig(), directory)
  const { stdout } = await kubectl.run(['get', 'globalthreatfeeds'])
  const [heading = '', row = ''] = stdout.split('\n')
  expect(heading.split(/\s{2,}/)).toEqual(['NAME', 'CONTENT', 'MODE', 'ENTRIES', 'SYNCED', 'ERRORS', 'AGE'])
  expect(row).toMatch(/^known +IPSet +Enabled +3 +\d+s +EntriesRejected +\d+s$/)
})

test('when it fails, the set stays, the reason is told, and neither key nor token is anywhere', async () => {
  answer = { status: 500, body: 'oops' }
  await run(['apply', '-f', '-'], feed())
  await expect
    .poll(async () => (await status()).errorConditions?.[0])
    .toMatchObject({
      type: 'PullFailed',
      message: expect.stringMatching(/^127[.]0[.]0[.]1:\d+ answered 500$/),
    })
  expect(await nets()).toEqual(['192.0.2.0/24', '2001:db8::1/128'])
  expect(server.output).toContain('GlobalThreatFeed known was not pulled')
  expect(server.output).not.toMatch(/hunter/)
  expect(JSON.stringify(await status())).not.toMatch(/hunter/)
})

test('a server that was killed goes on where it was', async () => {
  server.signal('SIGKILL')
  await server.ended
  answer = { status: 200, body: '198.51.100.1\n' }
  server = await start(['--threat-feed-allow-local'])
  expect(await nets()).toEqual(['192.0.2.0/24', '2001:db8::1/128'])
  // Its lease lasts half a minute.
  await expect.poll(nets, { timeout: 60_000 }).toEqual(['198.51.100.1/32'])
})

test('by default a server pulls nothing from itself, and keeps what it has', async () => {
  await server.stop()
  server = await start([])
  await run(['apply', '-f', '-'], feed().replace('"5m"', '"7m"'))
  await expect
    .poll(async () => (await status()).errorConditions?.[0]?.message)
    .toMatch('has a loopback, link-local or metadata address')
  expect(await nets()).toEqual(['198.51.100.1/32'])
})

test('the set goes with the feed', async () => {
  await run(['delete', 'globalthreatfeed', 'known'])
  await expect.poll(async () => (await read(['globalnetworksets'])).items).toEqual([])
})
