/**
 * One audit record: who did what, when, from where, and with which outcome.
 *
 * Source  Kubernetes API, audit.k8s.io/v1 Event. What Margay adds stands in `annotations`, where readers of other systems
 *         expect additions.
 */
export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse'

export interface AuditUser {
  readonly username: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export interface ObjectReference {
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
  readonly apiGroup?: string
  readonly apiVersion: string
  readonly resourceVersion?: string
  readonly subresource?: string
}

export interface AuditEvent {
  readonly kind: 'Event'
  readonly apiVersion: 'audit.k8s.io/v1'
  readonly level: Exclude<AuditLevel, 'None'>
  /** The same for all records of one request. */
  readonly auditID: string
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic'
  readonly requestURI: string
  /** Lower case: a verb of the API, or the HTTP method for a path that is no resource. */
  readonly verb: string
  readonly user: AuditUser
  readonly impersonatedUser?: AuditUser
  readonly sourceIPs: readonly string[]
  readonly userAgent?: string
  readonly objectRef?: ObjectReference
  readonly responseStatus: {
    readonly metadata: object
    readonly code: number
    readonly status?: string
    readonly reason?: string
    readonly message?: string
  }
  readonly requestObject?: unknown
  readonly responseObject?: unknown
  /** RFC 3339 with microseconds, UTC. */
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly annotations: Readonly<Record<string, string>>
}

/** The annotations that Margay adds. */
export const annotation = {
  decision: 'authorization.k8s.io/decision',
  reason: 'authorization.k8s.io/reason',
  /** The object before the change, as JSON; absent where there was none. */
  before: 'audit.margay.io/before',
  /** Of a write: the store's revision, by which the record is known to be in the log already. */
  revision: 'audit.margay.io/revision',
  /** From 1, without gaps: the record's place in the log. */
  sequence: 'audit.margay.io/sequence',
  /** `sha256:` and the hash of the line before. */
  previous: 'audit.margay.io/previous',
} as const

/** RFC 3339 with microseconds, as Kubernetes' MicroTime; clocks here count milliseconds. */
export function microTime(time: Date): string {
  return time.toISOString().replace(/\.(\d{3})Z$/, '.$1000Z')
}
