import { parseIp } from '@margay/netset'
import type { Resource } from '@margay/resources'
import { admitAll, flowOf, httpWorlds, packets, rawRequests, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../../evaluate/evaluate.ts'
import { readRequest } from '../../http/read-request.ts'
import { referenceVerdict } from '../../reference/reference-verdict.ts'
import { buildPolicyState } from '../../state/build-state.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import { changed } from '../explain.testkit.ts'
import { smallestChanges } from './smallest-change.ts'

const packetCases = fc.tuple(worlds(smallCast), packets(smallCast), fc.constant(undefined))
const overTcp = packets(smallCast).filter(({ protocol }) => protocol === 6)
const requestCases = fc.tuple(httpWorlds(smallCast), overTcp, rawRequests)

test.each([
  ['of packets', packetCases],
  ['of requests', requestCases],
])(
  'each change that is proposed turns the verdict, also of the reference, which never saw it: %s',
  (_, cases) => {
    let [proposed, asked] = [0, 0]
    fc.assert(
      fc.property(cases, ([objects, packet, http]) => {
        const resources = admitAll(objects)
        const sent = http === undefined ? undefined : readRequest(http)
        const ask = (state: PolicyState) => ({ ...flowOf(state, packet), http: sent })
        const { verdict } = evaluate(...inState(resources, ask))
        const version = parseIp(packet.sourceIp)?.version ?? 4
        const question = {
          ...packet,
          source: packet.sourceIp,
          destination: packet.destinationIp,
          ipVersion: version,
          http,
        }
        const proposals = smallestChanges(resources, inState(resources, ask)[1])
        asked += 1
        if (proposals.length > 0) proposed += 1
        for (const proposal of proposals.slice(0, 4)) {
          const after = changed(resources, proposal)
          expect(evaluate(...inState(after, ask)).verdict).not.toBe(verdict)
          expect(referenceVerdict(after, question)).not.toBe(verdict)
        }
      }),
      { numRuns: 60 },
    )
    // Only what no policy decides, as a pod without a namespace, has no remedy.
    expect(proposed / asked).toBeGreaterThan(0.6)
  },
  300_000,
)

function inState(resources: readonly Resource[], ask: (state: PolicyState) => ReturnType<typeof flowOf>) {
  const { state } = buildPolicyState(resources)
  return [state, ask(state)] as const
}
