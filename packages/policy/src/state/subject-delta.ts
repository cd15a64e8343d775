import type { Endpoint } from '../model/endpoint.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { NetworkSetEntry } from '../model/network-set.ts'
import type { Delta } from './delta.ts'

/** How that changed which selectors choose from. */
export interface SubjectDelta {
  readonly endpoints: Delta<Endpoint>
  readonly hostEndpoints: Delta<HostEndpoint>
  readonly networkSets: Delta<NetworkSetEntry>
}
