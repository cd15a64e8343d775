/** What was found out about one check: what the answer, the log and the metrics are made of. */
import type { Hit } from '@margay/policy'

/** Why a check was answered as it was. All but the first two deny, whatever policy says. */
export const reasons = [
  /** A rule, a tier's default action or a profile. */
  'Policy',
  /** A workload talks to itself: that is never judged (spec/api.md 8). */
  'Self',
  /** The check is none: it names no method, or a port that is none. */
  'MalformedRequest',
  /** Nobody says who asks: neither an identity nor an address. */
  'UnknownSource',
  /** Nobody says from which port it comes, and a rule asks for that. */
  'UnknownSourcePort',
  'IdentityRequired',
  'MalformedIdentity',
  'ForeignTrustDomain',
  /** No pod runs as that service account. */
  'UnknownIdentity',
  /** No pod and no service is known by what the check says. */
  'UnknownDestination',
  /** The service has no such port, or nobody says which. */
  'UnknownPort',
  /** Nobody is behind the service. */
  'NoEndpoints',
  /** The destination is no workload that is answered for here. */
  'NotLocal',
  /** A mistake of ours. */
  'InternalError',
] as const

export type Reason = (typeof reasons)[number]

/** A check that is denied before policy is asked, or without it. */
export class Refusal {
  readonly reason: Exclude<Reason, 'Policy' | 'Self'>

  constructor(reason: Refusal['reason']) {
    this.reason = reason
  }
}

export interface Judgement {
  readonly verdict: 'Allow' | 'Deny'
  readonly reason: Reason
  /** What decided, for the reason `Policy`; of several that had to allow, the first, or the one that did not. */
  readonly hit: Hit | undefined
  /** `Ingress` of the destination, or `Egress` of the source. */
  readonly direction: 'Ingress' | 'Egress' | undefined
  /** `namespace/pod`, `NAMESPACE/ACCOUNT` with `sa:` before it, or an address; empty: nobody knows. */
  readonly source: string
  /** `namespace/pod`, `service/NAMESPACE/NAME`, or an address; empty: nobody knows. */
  readonly destination: string
  readonly port: number | undefined
  readonly method: string | undefined
  /** In its normal form; undefined where it has none, and without a request. */
  readonly path: string | undefined
  /** The identity is trusted, and the pod at the source's address is not of its service account. */
  readonly disagrees: boolean
  /** Log rules that the request met on its way, in order. */
  readonly logged: readonly LoggedRule[]
}

export interface LoggedRule {
  readonly tier: string
  /** As `formatPolicyRef` writes it: `np:shop/api`. */
  readonly policy: string
  readonly rule: number
}

/** Of what nothing could be made out. */
export const unknown: Omit<Judgement, 'verdict' | 'reason'> = {
  hit: undefined,
  direction: undefined,
  source: '',
  destination: '',
  port: undefined,
  method: undefined,
  path: undefined,
  disagrees: false,
  logged: [],
}

export const malformed: Judgement = { ...unknown, verdict: 'Deny', reason: 'MalformedRequest' }
