/**
 * What the kernel lets through and this service then judges, in random worlds: together they never allow a request that policy denies, and the
 * kernel opens a connection exactly where some request in it could be allowed.
 *
 * MARGAY_CASES  how many worlds; 150 by default. MARGAY_SEED  a whole number that decides them.
 */
import { buildPolicyState, evaluate, type Flow, type PolicyState, readRequest } from '@margay/policy'
import type { HttpMatch, ResourceObject } from '@margay/resources'
import { admitAll, flowOf, httpWorlds, inWorld, type Packet, packets, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkOf, judgeOf } from './judge.testkit.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 150)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }

/** Every method, path and header that a rule names, what is below each of these paths, and what no rule names. */
function requestsAbout(objects: readonly ResourceObject[]) {
  const matches = objects.flatMap((object) => {
    const { spec } = object as { spec?: { ingress?: readonly { http?: HttpMatch }[] } }
    return (spec?.ingress ?? []).flatMap(({ http }) => (http === undefined ? [] : [http]))
  })
  const methods = new Set(['GET', 'UNKNOWN', ...matches.flatMap((it) => it.methods ?? [])])
  methods.delete('*')
  const named = matches.flatMap((it) => it.paths ?? []).map((it) => it.exact ?? it.prefix ?? '/')
  const paths = new Set(['/', '/unknown', ...named, ...named.map((it) => `${it}/below`)])
  const fields = headersAbout(matches)
  return [...methods].flatMap((method) =>
    [...paths].flatMap((path) => fields.map((headers) => ({ method, path, headers }))),
  )
}

/** For each header that a rule names: absent, each value that is named, and another. */
function headersAbout(matches: readonly HttpMatch[]): ReadonlyMap<string, string>[] {
  const named = Map.groupBy(
    matches.flatMap((it) => it.headers ?? []),
    ({ header }) => header.toLowerCase(),
  )
  let all: ReadonlyMap<string, string>[] = [new Map()]
  for (const [name, headers] of named) {
    const values = [undefined, 'other', ...new Set(headers.flatMap((it) => it.values ?? []))]
    all = all.flatMap((before) =>
      values.map((value) => (value === undefined ? before : new Map([...before, [name, value]]))),
    )
  }
  return all
}

const cases = fc.record({
  objects: httpWorlds(smallCast),
  packets: fc.array(packets(smallCast), { minLength: 6, maxLength: 12 }),
})

test('kernel and service together allow what the evaluator allows', {
  timeout: 120_000 + numRuns * 1000,
}, () => {
  const seen = { open: 0, shut: 0, partly: 0 }
  fc.assert(
    fc.property(cases, ({ objects, packets }) => {
      const { state } = buildPolicyState(admitAll(objects))
      const { judge } = judgeOf(objects)
      const requests = requestsAbout(objects)
      for (const packet of packets.filter(isTcpToPod(state))) {
        const flow = flowOf(state, packet)
        const isOpen = isAllowed(state, flow)
        const allowed = requests.filter((request) =>
          isAllowed(state, { ...flow, http: readRequest(request) }),
        )
        inWorld(objects, () => expect([packet, isOpen]).toEqual([packet, allowed.length > 0]))
        const passing = requests.filter(
          (http) => isOpen && judge.check(checkFor(packet, http)).verdict === 'Allow',
        )
        inWorld(objects, () => expect([packet, passing]).toEqual([packet, allowed]))
        if (allowed.length > 0 && allowed.length < requests.length) seen.partly++
        seen[isOpen ? 'open' : 'shut']++
      }
    }),
    { numRuns, ...seed },
  )
  expect(Math.min(seen.open, seen.shut, seen.partly)).toBeGreaterThan(numRuns / 75)
})

function isTcpToPod(state: PolicyState) {
  return (packet: Packet) => packet.protocol === 6 && state.peer(packet.destinationIp)?.endpoint !== undefined
}

function isAllowed(state: PolicyState, flow: Flow): boolean {
  return evaluate(state, flow).verdict === 'Allow'
}

function checkFor(
  { sourceIp, destinationIp, sourcePort = 0, destinationPort = 0 }: Packet,
  { headers, ...http }: ReturnType<typeof requestsAbout>[number],
) {
  return checkOf({
    from: sourceIp,
    fromPort: sourcePort,
    to: destinationIp,
    port: destinationPort,
    http: { ...http, headers, host: '' },
  })
}
