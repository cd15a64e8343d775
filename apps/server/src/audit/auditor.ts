/** Begins the audit of each request; without an audit log there is none. */
import { userOf } from '../authentication/impersonation.ts'
import type { User } from '../authentication/user.ts'
import type { Random } from '../environment.ts'
import type { ApiRequest } from '../http/message.ts'
import { parsePath } from '../routing/parse-path.ts'
import { requestSubject } from '../routing/request-subject.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { RecordOf } from './audited-store.ts'
import type { AuditUser } from './event.ts'
import { RequestAudit } from './request-audit.ts'

export class Auditor {
  readonly #trail: AuditTrail
  readonly #random: Pick<Random, 'uuid'>

  constructor(trail: AuditTrail, random: Pick<Random, 'uuid'>) {
    this.#trail = trail
    this.#random = random
  }

  begin(request: ApiRequest): RequestAudit {
    const { user, impersonation, remoteAddress, pathname } = request
    const who = user === undefined ? anonymous : auditUserOf(user)
    const subject = requestSubject(parsePath(pathname), request)
    return new RequestAudit(this.#trail, {
      auditID: this.#random.uuid(),
      subject: { ...subject, user: { name: who.username, groups: who.groups }, path: pathname },
      user: who,
      ...(impersonation === undefined ? {} : { impersonatedUser: auditUserOf(userOf(impersonation)) }),
      request,
      sourceIPs: remoteAddress === undefined ? [] : [remoteAddress],
      receivedAt: this.#trail.clock.now(),
    })
  }

  /** For what the server does by itself, as making the built-in objects. */
  get ownWork(): RecordOf {
    const request = { pathname: '/', query: new URLSearchParams(), headers: {}, body: new Uint8Array() }
    const audit = new RequestAudit(this.#trail, {
      auditID: this.#random.uuid(),
      subject: { verb: 'create', user: { name: server.username, groups: server.groups }, path: '/' },
      user: server,
      request,
      sourceIPs: [],
      receivedAt: this.#trail.clock.now(),
    })
    audit.allow('')
    return audit.recordOf
  }
}

const server: AuditUser = { username: 'system:apiserver', groups: ['system:masters'] }
const anonymous: AuditUser = { username: 'system:anonymous', groups: ['system:unauthenticated'] }

function auditUserOf({ name, uid, groups, extra }: User): AuditUser {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  }
}
