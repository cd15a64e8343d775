import type { Endpoint, Flow, PolicyState } from '@margay/policy'
import { pick, seededRandom } from './random.ts'

/** Connections between pods of a state: half of them at ports that policies speak of. */
export function someFlows(state: PolicyState, count: number): Flow[] {
  const random = seededRandom(7)
  const endpoints = [...state.endpoints.values()]
  return Array.from({ length: count }, () =>
    flowBetween(pick(endpoints, random), pick(endpoints, random), {
      version: pick([4, 6] as const, random),
      protocol: pick([6, 17], random),
      port: pick([8080, 5353, 443, 3306], random),
    }),
  )
}

export interface Service {
  readonly version: 4 | 6
  /** IANA number. */
  readonly protocol: number
  readonly port: number
}

export function flowBetween(from: Endpoint, to: Endpoint, { version, protocol, port }: Service): Flow {
  const address = (endpoint: Endpoint) => endpoint.addresses.find((it) => it.version === version)
  return {
    source: { endpoint: from, address: address(from) },
    destination: { endpoint: to, address: address(to) },
    ipVersion: version,
    protocol,
    sourcePort: 40_000,
    destinationPort: port,
    icmp: undefined,
  }
}
