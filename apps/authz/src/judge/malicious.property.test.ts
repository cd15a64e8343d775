/** Whatever a proxy, or a client of it, says: an answer, in time, and nothing is thrown. MARGAY_CASES: how many checks; 10,000 by default. */
import { smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Check } from '../check/check.ts'
import { judgeOf } from './judge.testkit.ts'
import { defaultJudgeOptions, type JudgeOptions } from './policy-judge.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 10_000)

const nasty = fc.constantFrom(
  '',
  '\0',
  '%',
  '/'.repeat(8000),
  '/..'.repeat(2000),
  '%2e%2e/'.repeat(1000),
  '%25'.repeat(3000),
  ';'.repeat(9000),
  `/${'a'.repeat(100_000)}`,
  '\ud800',
  '__proto__',
  'constructor',
  'spiffe://cluster.local/ns/red/sa/default',
  `spiffe://${'a/'.repeat(5000)}`,
  'spiffe://cluster.local/ns/__proto__/sa/__proto__',
  `URI="${'\\"'.repeat(5000)}`,
  `${'URI=a,'.repeat(5000)}`,
  `${'"'.repeat(9999)}`,
  'service/red/shop:80',
  'service/',
  'service/__proto__/x:80',
  'red/r1',
  ':::::',
  '::ffff:10.65.0.1',
  '10.65.0.1',
  '10.65.0.1%eth0',
  `${'1.'.repeat(5000)}`,
  'shop.red.svc.cluster.local:99999999999999999999',
)
const text = fc.oneof(
  { weight: 3, arbitrary: nasty },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)
const texts = fc.array(fc.tuple(text, text), { maxLength: 3 }).map((pairs) => new Map(pairs))
const port = fc.oneof(fc.constantFrom(80, 0, 65_535, -1, 65_536, Number.NaN, 1.5), fc.integer())
const socket = fc.option(
  fc.record({ protocol: fc.constantFrom('TCP' as const, 'UDP' as const), address: text, port }),
  { nil: undefined, freq: 8 },
)
const peer = fc.record({ socket, principal: text })

const checks: fc.Arbitrary<Check> = fc.record({
  source: peer,
  destination: peer,
  http: fc.option(
    fc.record({
      method: text,
      path: text,
      host: text,
      headers: fc
        .tuple(texts, text)
        .map(([all, certificate]) => new Map([...all, ['x-forwarded-client-cert', certificate]])),
    }),
    { nil: undefined },
  ),
  contextExtensions: fc
    .option(text, { nil: '' })
    .map((it) => new Map(it === '' ? [] : [['margay.destination', it]])),
  metadata: texts.map((values) => new Map([['mesh', values]])),
})

const kinds: readonly Partial<JudgeOptions>[] = [
  {},
  { judges: 'Both', destination: { ...defaultJudgeOptions.destination, fromHost: true } },
  { source: { ...defaultJudgeOptions.source, identityFrom: { kind: 'ForwardedCertificate' } } },
  {
    source: { ...defaultJudgeOptions.source, identityFrom: { kind: 'Metadata', namespace: 'mesh', key: '' } },
  },
]

test('every check is answered, and by no mistake of ours', { timeout: 600_000 }, () => {
  const [world = []] = fc.sample(worlds(smallCast), { numRuns: 1, seed: 7 })
  const judges = kinds.map((options) => judgeOf(world, options))
  let slowestMs = 0
  fc.assert(
    fc.property(checks, fc.nat(kinds.length - 1), (check, kind) => {
      const { judge, errors, judged } = judges[kind] ?? expect.fail()
      const startMs = performance.now()
      const { verdict } = judge.check(check)
      slowestMs = Math.max(slowestMs, performance.now() - startMs)
      judged.length = 0
      if (errors.length > 0) throw errors[0]
      return verdict === 'Allow' || verdict === 'Deny'
    }),
    { numRuns, ...(process.env.MARGAY_SEED !== undefined && { seed: Number(process.env.MARGAY_SEED) }) },
  )
  // Far above what any takes, and far below what backtracking would.
  expect(slowestMs).toBeLessThan(1000)
})
