/** What tests of exact analysis in random worlds have in common. */
import type { IpVersion } from '@margay/netset'
import type { NetworkAssertion, ResourceObject } from '@margay/resources'
import { admitAll, type Packet } from '@margay/testkit'
import { hasPorts, protocols } from '../model/protocol.ts'
import { buildPolicyState } from '../state/build-state.ts'
import type { PolicyState } from '../state/policy-state.ts'

/** How many worlds, and a whole number that decides them: by MARGAY_CASES and MARGAY_SEED of the environment. */
export function runs(
  { MARGAY_CASES: cases, MARGAY_SEED: seed }: Readonly<Record<string, string | undefined>>,
  usual: number,
): { readonly numRuns: number; readonly seed?: number } {
  return { numRuns: Number(cases ?? usual), ...(seed !== undefined && { seed: Number(seed) }) }
}

export function stateOf(objects: readonly ResourceObject[]): PolicyState {
  return buildPolicyState(admitAll([...objects])).state
}

type Asked = Pick<Packet, 'protocol'> & {
  readonly [Key in 'sourcePort' | 'destinationPort' | 'icmp']?: Packet[Key] | undefined
}

/** As `Traffic.holds` is asked about a packet: its protocol, and the pair that its first four bytes are. */
export function pairOf(
  { protocol, sourcePort = 0, destinationPort = 0, icmp }: Asked,
  version: IpVersion,
): [protocol: number, first: number, second: number] {
  if (hasPorts(protocol)) return [protocol, sourcePort, destinationPort]
  const isIcmp = protocol === (version === 4 ? protocols.icmp : protocols.icmpv6)
  return [protocol, isIcmp ? (icmp?.type ?? 0) * 256 + (icmp?.code ?? 0) : 0, 0]
}

/** @throws Error where it is not one that a server would take */
export function assertionOf(spec: object): NetworkAssertion {
  const object: ResourceObject = {
    apiVersion: 'policy.margay.io/v1alpha1',
    kind: 'NetworkAssertion',
    metadata: { name: 'a' },
    spec,
  }
  const [assertion] = admitAll([object])
  return assertion as NetworkAssertion
}
