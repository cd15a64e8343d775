import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServer } from '@margay/server'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realIo } from '../real-io.ts'
import { run } from '../run.ts'
import { diffLines } from './diff-lines.ts'
import { parseTime } from './parse-time.ts'

let directory: string
let log: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-audit-'))
  log = join(directory, 'audit')
  const printError = (line: string) => expect.unreachable(line)
  const server = await openServer({ dataDir: directory, host: '127.0.0.1', port: 0, printError })
  const tier = (order: number) =>
    `apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: web}\nspec: {order: ${order}}\n`
  for (const order of [1, 2]) {
    const file = join(directory, 'tier.yaml')
    writeFileSync(file, tier(order))
    await margay('apply', '-f', file, '--kubeconfig', server.kubeconfigPath)
  }
  await margay('delete', 'tier/default', '--kubeconfig', server.kubeconfigPath)
  const policies = join(directory, 'policies.yaml')
  writeFileSync(policies, twoNetworkPolicies)
  await margay('apply', '-f', policies, '--dry-run', 'server', '--kubeconfig', server.kubeconfigPath)
  await margay('apply', '-f', policies, '--kubeconfig', server.kubeconfigPath)
  await server.close()
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const twoNetworkPolicies = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: k8s, namespace: default}
spec: {podSelector: {}}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: calico, namespace: default}
spec: {}
`

async function margay(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []]
  const sink = (pieces: string[]) => ({ write: (text: string) => void pieces.push(text), isTerminal: false })
  const exitCode = await run(args, { ...io, stdout: sink(out), stderr: sink(err) })
  return { exitCode, out: out.join(''), err: err.join('') }
}
const io = realIo()

describe('audit log', () => {
  test('shows each change as a difference, with who did it', async () => {
    const { out } = await margay('audit', 'log', '--dir', log, '--kind', 'tier', '--name', 'web')
    expect(out).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d margay-admin from 127\.0\.0\.1 create tiers\.projectcalico\.org web: 201$/m,
    )
    expect(out).toMatch(/^ {2}- {3}order: 1$/m)
    expect(out).toMatch(/^ {2}\+ {3}order: 2$/m)
  })

  test('tells what was refused, and why', async () => {
    const { out } = await margay('audit', 'log', '--dir', log, '--verb', 'delete')
    expect(out).toContain('delete tiers.projectcalico.org default: 403')
    expect(out).toContain('a built-in tier can not be deleted')
  })

  test('as a table and as JSON, filtered', async () => {
    const table = await margay('audit', 'log', '--dir', log, '--kind', 'tier', '--since', '1h', '-o', 'table')
    const ours = table.out
      .trim()
      .split('\n')
      .filter((line) => !line.includes('system:apiserver'))
    expect(ours).toHaveLength(4)
    const json = await margay(
      'audit',
      'log',
      '--dir',
      log,
      '--since',
      '1h',
      '--user',
      'margay-admin',
      '--kind',
      'tiers',
      '-o',
      'json',
    )
    expect(
      json.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).verb),
    ).toEqual(['create', 'patch', 'delete'])
    expect((await margay('audit', 'log', '--dir', log, '--until', '2020-01-01')).out).toBe('')
  })

  const objects = async (kind: string) => {
    const { out } = await margay('audit', 'log', '--dir', log, '--kind', kind, '-o', 'json')
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    return [...new Set(events.map(({ objectRef }) => objectRef.name))]
  }

  test('a short name of one kind does not find the kind of another group that has the same plural', async () => {
    expect(await objects('netpol')).toEqual(['k8s'])
    expect(await objects('caliconetworkpolicy')).toEqual(['calico'])
    expect(await objects('networkpolicies.projectcalico.org')).toEqual(['calico'])
    expect(await objects('networkpolicy')).toEqual(['k8s', 'calico'])
  })

  test('a dry run does not look like a change', async () => {
    const { out } = await margay('audit', 'log', '--dir', log, '--name', 'calico', '-o', 'table')
    expect(out).toMatch(/ create \(dry run\) +networkpolicies.projectcalico.org default\/calico +201/)
    expect(out).toMatch(/ create +networkpolicies.projectcalico.org default\/calico +201/)
  })

  test('a field that only stands elsewhere in the object is no difference', async () => {
    const { out } = await margay('audit', 'log', '--dir', log, '--kind', 'tier', '--name', 'web')
    const changed = out.split('\n').filter((line) => /^ {2}[+-] {3}/.test(line))
    expect(changed.filter((line) => line.includes('defaultAction'))).toHaveLength(1)
  })
})

describe('the logs of several servers', () => {
  const event = (name: string, second: number) =>
    JSON.stringify({
      kind: 'Event',
      user: { username: 'ann', groups: [] },
      verb: 'create',
      requestURI: '/x',
      sourceIPs: [],
      annotations: {},
      responseStatus: { metadata: {}, code: 201 },
      objectRef: { resource: 'tiers', apiGroup: 'projectcalico.org', name },
      requestReceivedTimestamp: `2026-01-02T03:04:0${second}.000000Z`,
    })

  test('are shown in the order of time, each in its own order', async () => {
    const logs = { one: [event('a', 1), event('d', 5)], other: [event('b', 2), event('c', 1)], third: [] }
    const directories = Object.entries(logs).flatMap(([name, lines]) => {
      const path = join(directory, name)
      mkdirSync(path)
      writeFileSync(join(path, 'audit-000000000001.jsonl'), lines.map((line) => `${line}\n`).join(''))
      return ['--dir', path]
    })
    const { out } = await margay('audit', 'log', ...directories, '-o', 'json')
    const names = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).objectRef.name)
    expect(names).toEqual(['a', 'b', 'c', 'd'])
  })

  test('are proved one by one', async () => {
    const copy = join(directory, 'copy')
    cpSync(log, copy, { recursive: true })
    const whole = await margay('audit', 'verify', '--dir', log, '--dir', copy)
    expect(whole.exitCode).toBe(0)
    expect(whole.out).toContain(`${copy}: head: `)
    const file = join(copy, 'audit-000000000001.jsonl')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"order":2', '"order":9'))
    const { exitCode, out } = await margay('audit', 'verify', '--dir', copy, '--dir', log)
    expect(exitCode).toBe(1)
    expect(out).toContain(`${log}: head: `)
    const head = ['--head', '1:sha256:0']
    expect(await margay('audit', 'verify', '--dir', log, '--dir', copy, ...head)).toMatchObject({
      exitCode: 2,
    })
  })
})

describe('audit verify', () => {
  test('proves a whole log, and one whose head was noted', async () => {
    const { exitCode, out } = await margay('audit', 'verify', '--dir', log)
    expect(exitCode).toBe(0)
    const head = /head: (.*)/.exec(out)?.[1] ?? ''
    expect(await margay('audit', 'verify', '--dir', log, '--head', head)).toMatchObject({ exitCode: 0 })
  })

  test('says where a log was tampered with', async () => {
    const file = join(log, 'audit-000000000001.jsonl')
    const original = readFileSync(file, 'utf8')
    const { out } = await margay('audit', 'verify', '--dir', log)
    const head = /head: (.*)/.exec(out)?.[1] ?? ''
    writeFileSync(file, original.replace('"order":2', '"order":9'))
    expect(await margay('audit', 'verify', '--dir', log)).toMatchObject({
      exitCode: 1,
      out: expect.stringMatching(/jsonl:\d+: record \d+, the one before it, was changed/),
    })
    writeFileSync(file, `${original.trimEnd().split('\n').slice(0, -1).join('\n')}\n`)
    expect(await margay('audit', 'verify', '--dir', log)).toMatchObject({ exitCode: 0 })
    expect(await margay('audit', 'verify', '--dir', log, '--head', head)).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining('its end was cut off'),
    })
    writeFileSync(file, original)
  })

  test.each([
    [['verify', '--dir', '/nonexistent'], 'cannot read /nonexistent'],
    [['verify', '--dir', '.', '--head', '7'], '--head: must be NUMBER:sha256:HASH'],
    [['log', '--dir', '.', '--since', 'yesterday'], '--since: must be a time such as'],
    [['prove', '--dir', '.'], 'Allowed choices are log, verify'],
  ])('%j is refused', async (args, message) => {
    expect(await margay('audit', ...args)).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining(message),
    })
  })
})

test.each([
  ['90m', '2026-01-02T01:34:05.000Z'],
  ['7d', '2025-12-26T03:04:05.000Z'],
  ['2026-01-01', '2026-01-01T00:00:00.000Z'],
  ['2026-01-01T12:00:00+02:00', '2026-01-01T10:00:00.000Z'],
])('the time %s', (text, want) => {
  expect(parseTime('--since', text, new Date('2026-01-02T03:04:05Z')).toISOString()).toBe(want)
})

test('a difference without its additions is the text before, without its removals the text after', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 })
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const diff = diffLines([...before, 'end'], [...after, 'end'])
      const kept = (sign: string) =>
        diff.filter((line) => line.sign === sign || line.sign === ' ').map(({ text }) => text)
      if (diff.some(({ sign }) => sign === '…')) return
      expect(kept('-')).toEqual([...before, 'end'])
      expect(kept('+')).toEqual([...after, 'end'])
    }),
  )
})
