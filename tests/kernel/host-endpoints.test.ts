/**
 * Real packets to, from and through nodes with host endpoints go the way of the path evaluator, in random worlds. Needs root.
 *
 * Arrival is seen in the IP stack of the destination, behind all hooks, and so says nothing of the way back. Whether an answer comes
 * back is compared beside it: untracked policy judges answers by themselves (host-endpoints/journey.ts says where that is known).
 *
 * MARGAY_CASES  how many worlds packets are sent in; 120 by default.
 * MARGAY_SEED   see random-worlds.ts.
 */
import { hostWorlds, smallCast } from '@margay/testkit'
import { afterAll, beforeAll, test } from 'vitest'
import { type HostLab, openHostLab } from './host-endpoints/host-lab.ts'
import { sends } from './host-endpoints/sends.ts'
import { served } from './policy-lab.ts'
import { checkWorlds, longestMs } from './random-worlds.ts'

const cases = Number(process.env.MARGAY_CASES ?? 120)
const packetsPerWorld = { minLength: 60, maxLength: 90 }

let lab: HostLab

beforeAll(async () => {
  lab = await openHostLab(`hosts${process.pid}`, smallCast)
})
afterAll(() => lab.close())

test(
  `packets go the way of the path evaluator through nodes with host endpoints, in ${cases} random worlds`,
  () => {
    const packets = sends(lab.surroundings, served.udp, packetsPerWorld)
    return checkWorlds(lab, { packets, worlds: hostWorlds(lab.cast), cases })
  },
  longestMs(cases),
)
