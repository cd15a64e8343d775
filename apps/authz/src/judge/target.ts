import type { Ip } from '@margay/netset'
import type { Endpoint } from '@margay/policy'

/** A workload, at an address and a port of it. */
export interface Target {
  readonly endpoint: Endpoint
  /** Undefined while nobody knows any. */
  readonly address: Ip | undefined
  /** 0-65535. */
  readonly port: number
}
