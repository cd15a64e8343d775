/**
 * The verdict of real packets equals that of the evaluator, in random worlds. Needs root.
 *
 * MARGAY_CASES  how many worlds packets are sent in; 800 by default.
 * MARGAY_SEED   see random-worlds.ts.
 */
import { packetLists, smallCast, withStaged, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPolicyLab, type PolicyLab } from './policy-lab.ts'
import { checkWorlds, closeLabs, type LabPair, longestMs, openLabs } from './random-worlds.ts'
import { Tally } from './tally.ts'

const cases = Number(process.env.MARGAY_CASES ?? 800)
const packetsPerWorld = { minLength: 50, maxLength: 80 }

let labs: LabPair<PolicyLab>

beforeAll(async () => {
  labs = await openLabs((name) => openPolicyLab(name, smallCast), 'equal')
})
afterAll(() => closeLabs(labs))

test(
  `the kernel lets through exactly what the evaluator allows, in ${cases} random worlds`,
  () => {
    const [{ cast }] = labs
    const all = fc.oneof(worlds(cast), withStaged(worlds(cast)))
    return checkWorlds(labs, { packets: packetLists(cast, packetsPerWorld), worlds: all, cases })
  },
  longestMs(cases),
)

const ofBothFamilies = ['IPv4', 'IPv6'].flatMap((family) =>
  [family === 'IPv4' ? 'ICMP' : 'ICMPv6', 'TCP', 'UDP', 'SCTP', 'UDPLite', '47'].map(
    (it) => `${family} ${it}`,
  ),
)

test('packets of every family and protocol were among them, let through or not', () => {
  const met = Tally.sum(labs.map((lab) => lab.met))
  console.log(`packets by kind: ${met.format()}`)
  const kinds = ofBothFamilies.flatMap((kind) => [`${kind} Allow`, `${kind} Deny`])
  expect(met.rarerThan(Math.floor(cases / 20), kinds)).toEqual([])
})
