import { type Cidr, cidrContains, formatIp, type Ip, parseCidr } from '@margay/netset'
import { admitAll, flowOf, packets, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import { buildPolicyState } from '../state/build-state.ts'
import { type DistinctRange, distinctRanges } from './distinct-ranges.ts'

const everything = (version: 4 | 6): Cidr => parseCidr(version === 4 ? '0.0.0.0/0' : '::/0') ?? expect.fail()
const holds = ({ net, except }: DistinctRange, address: Ip) =>
  cidrContains(net, address) && !except.some((it) => cidrContains(it, address))

test('each address is in one part, and every address is judged as the one that answers for its part', () => {
  fc.assert(
    fc.property(
      worlds(smallCast),
      packets(smallCast),
      fc.bigInt({ min: 0n, max: 255n }),
      (objects, packet, last) => {
        const { state } = buildPolicyState(admitAll(objects))
        const flow = flowOf(state, packet)
        const { address } = flow.source
        if (address === undefined) return
        const near = { ...address, value: (address.value & ~255n) | last }
        for (const asked of [address, near]) {
          const parts = distinctRanges(state, everything(asked.version)).filter((it) => holds(it, asked))
          expect(parts.map((it) => formatIp(it.address))).toHaveLength(1)
          const [part] = parts
          const from = (source: Ip) => evaluate(state, { ...flow, source: state.peerAt(source) })
          expect(from(part?.address ?? asked)).toEqual(from(asked))
        }
      },
    ),
    { numRuns: 200 },
  )
}, 300_000)
