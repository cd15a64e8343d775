import type { Pod } from '@margay/resources'
import type { PodEndpoint } from './pod-endpoint.ts'

/** A pod that is no endpoint: it shares its node's network, or it has ended. */
export class BarePod {
  readonly pod: Pod

  constructor(pod: Pod) {
    this.pod = pod
  }
}

export type KnownPod = PodEndpoint | BarePod
