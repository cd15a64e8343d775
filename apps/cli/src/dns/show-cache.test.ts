import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realIo } from '../real-io.ts'
import { run } from '../run.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'margay-names-'))
  const nowMs = Date.now()
  const line = (name: string, address: string, ttlSeconds: number) =>
    JSON.stringify({
      question: { name, type: 1 },
      aliases: [{ name, target: `edge.${name}`, ttlSeconds }],
      addresses: [{ name: `edge.${name}`, address, ttlSeconds }],
      server: '10.0.0.10',
      client: '10.65.0.1',
      atMs: nowMs,
    })
  const lines = [line('www.example.com', '203.0.113.1', 300), line('gone.example.com', '203.0.113.2', 0)]
  const past = lines.map((it, index) =>
    index === 1 ? it.replace(String(nowMs), String(nowMs - 60_000)) : it,
  )
  writeFileSync(join(directory, 'dns-cache.json.journal'), `${past.join('\n')}\ncut off`, { mode: 0o600 })
  writeFileSync(
    join(directory, 'policy.yaml'),
    'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: web}\n' +
      "spec: {types: [Egress], egress: [{action: Allow, destination: {domains: ['*.example.com']}}]}\n",
  )
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function margay(...args: string[]): Promise<string> {
  const written: string[] = []
  const io = { ...realIo(), stdout: { write: (text: string) => void written.push(text), isTerminal: false } }
  expect(await run(['dns', 'cache', '--state-directory', directory, ...args], io)).toBe(0)
  return written.join('')
}

test('what is known, from whom, and for which rules', async () => {
  const { names } = JSON.parse(await margay('--all', '-o', 'json', '-f', join(directory, 'policy.yaml')))
  expect(names).toMatchObject([
    {
      name: 'edge.www.example.com',
      address: '203.0.113.1',
      server: '10.0.0.10',
      askedBy: '10.65.0.1',
      question: 'www.example.com',
      policies: ['gnp:web rule 0 (*.example.com)'],
    },
    { name: 'www.example.com', alias: 'edge.www.example.com', policies: ['gnp:web rule 0 (*.example.com)'] },
  ])
})

test('as a table, without policies where nobody says which', async () => {
  const text = await margay('--all')
  expect(text).toMatch(/NAME +IS +FOR +SERVER +ASKED BY +QUESTION\n/)
  expect(text).toMatch(/www\.example\.com +-> edge\.www\.example\.com +\d+[ms]/)
  expect(text).not.toContain('gone')
  expect(text).not.toContain('POLICIES')
})

test('only names below one', async () => {
  expect(await margay('--name', 'other.com')).not.toContain('203.0.113.1')
  expect(await margay('--name', 'Example.com.')).toContain('203.0.113.1')
})
