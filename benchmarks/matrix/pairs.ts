/** Who might connect to whom: each pod to each other one, at each port that pods of the world listen at. */
import type { Endpoint, PolicyState } from '@margay/policy'
import { dnsPort, httpPort } from '../world/pods.ts'

export interface Pair {
  readonly from: Endpoint
  readonly to: Endpoint
}

export const services = [
  { version: 4, protocol: 6, port: httpPort },
  { version: 4, protocol: 17, port: dnsPort },
] as const

export function allPairs(state: PolicyState): Pair[] {
  const endpoints = [...state.endpoints.values()]
  return endpoints.flatMap((from) => endpoints.filter((to) => to !== from).map((to) => ({ from, to })))
}
