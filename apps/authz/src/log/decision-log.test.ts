import { describe, expect, test } from 'vitest'
import { checkOf, judgeOf } from '../judge/judge.testkit.ts'
import { type Judgement, unknown } from '../judge/judgement.ts'
import { DecisionLog, type LoggedDecisions } from './decision-log.ts'

function logOf(decisions: LoggedDecisions) {
  const lines: string[] = []
  const clock = { nowMs: 0 }
  const sink = { write: (line: string) => void lines.push(line), pending: 0 }
  const log = new DecisionLog({ decisions, sink, now: () => new Date(clock.nowMs) })
  return { log, lines, sink, clock, read: () => lines.map((line) => JSON.parse(line)) }
}

const allowed: Judgement = {
  ...unknown,
  verdict: 'Allow',
  reason: 'Policy',
  hit: {
    kind: 'Rule',
    tier: 'default',
    policy: { kind: 'NetworkPolicy', namespace: 'shop', name: 'api' },
    ruleIndex: 2,
    action: 'Allow',
  },
  direction: 'Ingress',
  source: 'shop/web',
  destination: 'shop/api',
  port: 80,
  method: 'GET',
  path: '/x',
}
const denied: Judgement = { ...unknown, verdict: 'Deny', reason: 'UnknownIdentity' }

test('a line says who asked whom for what, and what decided', () => {
  const { log, read } = logOf('all')
  log.take(allowed)
  expect(read()).toEqual([
    {
      time: '1970-01-01T00:00:00.000Z',
      event: 'Decision',
      verdict: 'Allow',
      reason: 'Policy',
      direction: 'Ingress',
      tier: 'default',
      policy: 'np:shop/api',
      rule: 2,
      source: 'shop/web',
      destination: 'shop/api',
      port: 80,
      method: 'GET',
      path: '/x',
    },
  ])
})

test.each<[LoggedDecisions, readonly string[]]>([
  ['none', []],
  ['denied', ['Deny', 'Allow disagrees']],
  ['all', ['Allow', 'Deny', 'Allow disagrees']],
])(
  'of decisions %s are logged; that an identity and an address disagree counts with those that deny',
  (which, want) => {
    const { log, read } = logOf(which)
    for (const it of [allowed, denied, { ...allowed, disagrees: true }]) log.take(it)
    expect(read().map((it) => `${it.verdict}${it.disagrees ? ' disagrees' : ''}`)).toEqual(want)
  },
)

describe('what is bounded', () => {
  test('lines that nobody takes are dropped and counted', () => {
    const { log, lines, sink } = logOf('all')
    sink.pending = 2 ** 21
    log.take(allowed)
    expect([lines.length, log.dropped]).toEqual([0, 1])
    sink.pending = 0
    log.take(allowed)
    expect([lines.length, log.dropped]).toEqual([1, 1])
  })

  test('texts that a client chooses are cut, and stay in their line', () => {
    const { log, lines } = logOf('all')
    const text = '\n"x"'.repeat(10_000)
    log.take({ ...allowed, path: text, method: text, source: text, destination: text })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1)
    expect(lines[0]?.length).toBeLessThan(4000)
  })

  test('rules that log have a rate, whatever else is logged', () => {
    const { log, read, clock } = logOf('none')
    const logged = [{ tier: 'default', policy: 'np:shop/log', rule: 0 }]
    for (let n = 0; n < 2000; n++) log.take({ ...allowed, logged })
    expect([read().length, log.dropped]).toEqual([500, 1500])
    expect(read()[0]).toMatchObject({
      event: 'LogRule',
      tier: 'default',
      policy: 'np:shop/log',
      rule: 0,
      path: '/x',
    })
    clock.nowMs = 1000
    for (let n = 0; n < 2000; n++) log.take({ ...allowed, logged })
    expect(read()).toHaveLength(600)
  })
})

test('nothing that may be a secret is in any line', () => {
  const { log, lines } = logOf('all')
  const secret = 'hunter2'
  const { judge, judged } = judgeOf([])
  const headers = new Map(
    ['authorization', 'cookie', 'x-api-key', 'x-forwarded-client-cert', secret].map((name) => [name, secret]),
  )
  for (const from of [undefined, '10.0.0.1'])
    for (const principal of ['', secret, `spiffe://cluster.local/ns/a/sa/b?${secret}`])
      judge.check(
        checkOf({
          ...(from === undefined ? {} : { from }),
          to: '10.0.0.2',
          principal,
          http: { method: 'GET', path: `/a?token=${secret}#${secret}`, host: `${secret}.a.svc`, headers },
          extensions: { other: secret },
          metadata: { mesh: { token: secret } },
        }),
      )
  for (const it of judged) log.take(it)
  expect(lines).toHaveLength(6)
  expect(lines.filter((line) => line.includes(secret))).toEqual([])
})
