import type { FailsafePort } from '../model/node-settings.ts'
import type { PolicyRef } from '../model/policy.ts'
import type { Direction } from '../model/rule.ts'
import type { HostStage } from '../state/effective-host-policy.ts'

export type Verdict = 'Allow' | 'Deny'

/** In which nodes carry packets of workloads to each other. */
export type TunnelName = 'IPIP' | 'VXLAN' | 'WireGuard'

/** What one stage did and why. `explain`, flow logs and the matrix render it; nobody derives it again. */
export type Hit =
  | {
      readonly kind: 'Rule'
      readonly tier: string
      readonly policy: PolicyRef
      /** The rule's index in the list that a person wrote. */
      readonly ruleIndex: number
      readonly action: 'Allow' | 'Deny' | 'Pass'
    }
  | {
      readonly kind: 'TierDefault'
      readonly tier: string
      /** The first policy of the tier that applies: it had no rule that matched. */
      readonly policy: PolicyRef
      readonly action: 'Allow' | 'Deny' | 'Pass'
    }
  | {
      readonly kind: 'Profile'
      readonly profile: string
      /** Of a profile whose rules somebody wrote, as host endpoints have them. */
      readonly ruleIndex?: number
      readonly action: 'Allow' | 'Deny'
    }
  | { readonly kind: 'NoProfile'; readonly action: 'Deny' }
  /** A workload sends a packet with another packet in it. */
  | { readonly kind: 'Tunnel'; readonly action: 'Deny' }
  /** Nodes carry packets of workloads to each other in it. Deny: it comes from no node. */
  | { readonly kind: 'NodeTunnel'; readonly tunnel: TunnelName; readonly action: 'Allow' | 'Deny' }
  /** A workload sends from an address that is not its own. */
  | { readonly kind: 'Spoofed'; readonly action: 'Deny' }
  /** An interface of a workload that nobody knows. */
  | { readonly kind: 'UnknownWorkload'; readonly action: 'Deny' }
  /** A failsafe port of a host endpoint; Pass: later stages are asked all the same. */
  | { readonly kind: 'Failsafe'; readonly failsafe: FailsafePort; readonly action: 'Allow' | 'Pass' }
  /** No policy of a host endpoint's stage decided. Allow: none is about forwarded packets. */
  | { readonly kind: 'Undecided'; readonly action: 'Allow' | 'Deny' | 'Pass' }
  /** Neighbour discovery from a workload to its node, which works whatever policy says. */
  | { readonly kind: 'NeighbourDiscovery'; readonly action: 'Allow' }
  /** `defaultEndpointToHostAction`; Pass: Return. */
  | { readonly kind: 'EndpointToHost'; readonly action: 'Allow' | 'Deny' | 'Pass' }

/** How one endpoint judged a flow in one direction. */
export interface EndpointDecision {
  readonly direction: Direction
  /** `namespace/name` of the endpoint. */
  readonly endpoint: string
  readonly verdict: Verdict
  /** One hit for each tier that applies, then the profile's, up to the one that decided: the last. */
  readonly trace: readonly [...Hit[], Hit]
}

/** Both sides must allow. A side is undefined when no endpoint is there to judge, or when egress already denied. */
export interface Decision {
  readonly verdict: Verdict
  readonly egress: EndpointDecision | undefined
  readonly ingress: EndpointDecision | undefined
}

/** What one stop on a packet's way through a node did. */
export interface StageDecision {
  /**
   * Source: is a workload's packet from where it says? Workload: its policy. ToHost: what the node lets it reach. Tunnel: does it carry
   * packets between nodes?
   */
  readonly stage: HostStage | 'Source' | 'Workload' | 'ToHost' | 'Tunnel'
  readonly direction: Direction
  /** `namespace/name` of a workload, the name of a host endpoint or of the node, or an interface that nobody knows. */
  readonly endpoint: string
  /** Pass: neither dropped nor accepted here. */
  readonly action: 'Allow' | 'Deny' | 'Pass'
  /** Never empty; its last hit decided. */
  readonly trace: readonly Hit[]
  /**
   * What would have been hit here if the staged policies were enforced; undefined where none of them concerns the endpoint, and for host
   * endpoints before connection tracking and destination NAT.
   */
  readonly staged?: readonly Hit[]
}

/** What happens to a packet on its way through one node. */
export interface PathDecision {
  readonly verdict: Verdict
  /** False: nothing of ours decided, and the packet goes on to the rules of others, if there are any. */
  readonly isDecided: boolean
  /** In the order of the hooks, up to the one that denied. */
  readonly stages: readonly StageDecision[]
}
