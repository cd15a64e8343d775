/** The audit of one request: its records are the changes that it made, or, if it made none, what it asked and was told. */
import type { ApiRequest, ApiResponse } from '../http/message.ts'
import { parseJson } from '../http/parse-body.ts'
import { isObject } from '../json.ts'
import { placeOfKey } from '../rest/keys.ts'
import { type AuditSubject, levelOf } from './audit-policy.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { KeyChange, RecordOf } from './audited-store.ts'
import {
  type AuditEvent,
  type AuditLevel,
  type AuditUser,
  annotation,
  microTime,
  type ObjectReference,
} from './event.ts'

/** What is known of the request once it is known who asks for what. */
export interface AuditedRequest {
  readonly auditID: string
  readonly subject: AuditSubject
  readonly user: AuditUser
  readonly impersonatedUser?: AuditUser
  readonly request: Pick<ApiRequest, 'pathname' | 'query' | 'headers' | 'body'>
  readonly sourceIPs: readonly string[]
  readonly receivedAt: Date
}

const mutating = ['create', 'update', 'patch', 'delete', 'deletecollection']

export class RequestAudit {
  readonly #trail: AuditTrail
  readonly #of: AuditedRequest
  /** Nothing is allowed before somebody said so. */
  #decision: { readonly decision: 'allow' | 'forbid'; readonly reason: string } = {
    decision: 'forbid',
    reason: '',
  }

  constructor(trail: AuditTrail, of: AuditedRequest) {
    this.#trail = trail
    this.#of = of
  }

  /** `reason` names what allows it, as the authorizer says it. */
  allow(reason: string): void {
    this.#decision = { decision: 'allow', reason }
  }

  /** The object that it is about forbids what the request by itself did not. */
  forbid(reason: string): void {
    this.#decision = { decision: 'forbid', reason }
  }

  /** For the store that the request works with. */
  readonly recordOf: RecordOf = (change) => {
    const place = this.#placeOf(change)
    const level = levelOf(this.#trail.policy, { ...this.#of.subject, resource: place })
    if (level === 'None') return undefined
    return { ...this.#changeEvent(change, level, place) }
  }

  /**
   * Before the answer goes out; `hasRecorded` tells that the request has changed something, and the record of it is in the journal.
   * @throws AuditWriteError for a request that would have changed something
   */
  async finish(response: ApiResponse, hasRecorded: boolean): Promise<ApiResponse> {
    if (hasRecorded) {
      this.#trail.wake()
      return response
    }
    const level = levelOf(this.#trail.policy, this.#of.subject)
    if (level === 'None') return response
    if ('stream' in response) return this.#duringStream(response, level)
    const event = this.#requestEvent(response, level, 'ResponseComplete')
    if (mutating.includes(this.#of.subject.verb)) await this.#trail.append([event])
    else this.#trail.appendLater([event])
    return response
  }

  #duringStream(
    response: Extract<ApiResponse, { stream: unknown }>,
    level: Exclude<AuditLevel, 'None'>,
  ): ApiResponse {
    this.#trail.appendLater([this.#requestEvent(response, level, 'ResponseStarted')])
    return {
      ...response,
      stream: async (send) => {
        await response.stream(send)
        this.#trail.appendLater([this.#requestEvent(response, level, 'ResponseComplete')])
      },
    }
  }

  #changeEvent({ before, after }: KeyChange, level: Exclude<AuditLevel, 'None'>, place: Place): AuditEvent {
    const object = after ?? before
    const uid = object?.metadata.uid
    const objectRef = referenceTo(place, uid === undefined ? {} : { uid })
    const code = before === undefined ? 201 : 200
    return {
      ...this.#base(level, 'ResponseComplete'),
      objectRef,
      responseStatus: { metadata: {}, code },
      ...(level === 'Metadata' ? {} : this.#requestObject()),
      ...(level === 'RequestResponse' && after !== undefined ? { responseObject: after } : {}),
      annotations: {
        ...this.#annotations(),
        ...(level === 'RequestResponse' && before !== undefined
          ? { [annotation.before]: JSON.stringify(before) }
          : {}),
      },
    }
  }

  #requestEvent(
    response: ApiResponse,
    level: Exclude<AuditLevel, 'None'>,
    stage: AuditEvent['stage'],
  ): AuditEvent {
    const { resource } = this.#of.subject
    return {
      ...this.#base(level, stage),
      ...(resource === undefined ? {} : { objectRef: referenceTo(resource, this.#nameInBody(resource)) }),
      responseStatus: statusOf(response),
      ...(level === 'Metadata' ? {} : this.#requestObject()),
      annotations: this.#annotations(),
    }
  }

  /** The path of a creation has no name: one that was refused is found by the name that it asked for. */
  #nameInBody({ name }: Place): { name?: string } {
    if (name !== undefined || this.#of.subject.verb !== 'create') return {}
    const body = parse(this.#of.request.body)
    const wanted = isObject(body) && isObject(body.metadata) ? body.metadata.name : undefined
    return typeof wanted === 'string' && wanted !== '' ? { name: wanted } : {}
  }

  /** A request for one object can change others too: a namespace takes along what is in it. */
  #placeOf({ key, before, after }: KeyChange): Place {
    const [version = ''] = ((after ?? before)?.apiVersion ?? '').split('/').reverse()
    const place = { ...placeOfKey(key), version }
    const asked = this.#of.subject.resource
    const isAsked = asked?.group === place.group && asked.resource === place.resource
    return { ...place, subresource: isAsked ? asked.subresource : undefined }
  }

  #base(level: Exclude<AuditLevel, 'None'>, stage: AuditEvent['stage']) {
    const { auditID, subject, user, impersonatedUser, request, sourceIPs, receivedAt } = this.#of
    const userAgent = request.headers['user-agent']
    const query = request.query.toString()
    return {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level,
      auditID,
      stage,
      requestURI: query === '' ? request.pathname : `${request.pathname}?${query}`,
      verb: subject.verb,
      user,
      ...(impersonatedUser === undefined ? {} : { impersonatedUser }),
      sourceIPs,
      ...(userAgent === undefined ? {} : { userAgent }),
      requestReceivedTimestamp: microTime(receivedAt),
      stageTimestamp: microTime(this.#trail.clock.now()),
    } as const
  }

  #annotations(): Record<string, string> {
    const { decision, reason } = this.#decision
    return { [annotation.decision]: decision, [annotation.reason]: reason }
  }

  #requestObject(): { requestObject?: unknown } {
    const value = parse(this.#of.request.body)
    return value === undefined ? {} : { requestObject: value }
  }
}

type Place = NonNullable<AuditSubject['resource']>

function referenceTo(place: Place, more: Partial<ObjectReference>): ObjectReference {
  const { group, version, resource, namespace, name, subresource } = place
  return {
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(group === '' ? {} : { apiGroup: group }),
    apiVersion: version,
    ...(subresource === undefined ? {} : { subresource }),
    ...more,
  }
}

function statusOf(response: ApiResponse): AuditEvent['responseStatus'] {
  const { status: code } = response
  const body = 'body' in response && code >= 400 ? parse(new TextEncoder().encode(response.body)) : undefined
  if (!isObject(body) || body.kind !== 'Status') return { metadata: {}, code }
  const { status, reason, message } = body
  return {
    metadata: {},
    code,
    ...(typeof status === 'string' ? { status } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof message === 'string' ? { message } : {}),
  }
}

/** Undefined for what is no JSON. */
function parse(body: Uint8Array): unknown {
  if (body.length === 0) return undefined
  try {
    return parseJson(body)
  } catch {
    return undefined
  }
}
