/**
 * What one user may do by one request: at the door, where only the request is known, and then with each object that it
 * turns out to be about.
 *
 * For policies in tiers the door is open, since it is the object that tells its tier; for everything else the door decides.
 */
import { type ResourceObject, rbacGroup } from '@margay/resources'
import type { Precondition } from '@margay/storage'
import type { User } from '../authentication/user.ts'
import { isObject } from '../json.ts'
import type { ObjectAccess } from '../rest/request.ts'
import { unavailable } from '../status/api-error.ts'
import { type Action, type Authorizer, isAllowed, isPathAction, type ResourceAction } from './attributes.ts'
import { EscalationGuard } from './escalation.ts'
import { type LiveRights, rbacCollections } from './live-rights.ts'
import { forbiddenToNode, foreignEvent } from './node-restriction.ts'
import { refusal } from './refusal.ts'
import { narrowQuery } from './tiers/narrow-query.ts'
import { isPermittedInAllTiers, isTiered, permittedTiers, requireTier } from './tiers/tier-rules.ts'

export interface Access {
  readonly authorizer: Authorizer
  readonly rights: LiveRights
}

/** What allows the action; throws a 403. */
export function passDoor({ authorizer }: Access, user: User, action: Action): string {
  if (!isPathAction(action) && isTiered(action)) return ''
  const attributes = { ...action, user }
  const decision = authorizer.decide(attributes)
  if (!isAllowed(decision)) throw refusal(attributes, decision.reason)
  return decision.reason
}

const collectionVerbs = ['list', 'watch', 'deletecollection']

/** The query narrowed to what the user may see. Throws a 403 when that is nothing. */
export function visibleQuery(
  { authorizer, rights }: Access,
  user: User,
  action: ResourceAction,
  query: URLSearchParams,
): URLSearchParams {
  if (!isTiered(action) || !collectionVerbs.includes(action.verb)) return query
  return narrowQuery(authorizer, user, action, query, rights.tiers)
}

/** Differs once the user may see more or less than before: a watch must then begin anew. */
export function visibility({ authorizer, rights }: Access, user: User, action: ResourceAction): string {
  if (!isTiered(action)) return String(isAllowed(authorizer.decide({ ...action, user })))
  if (isPermittedInAllTiers(authorizer, user, action)) return 'all tiers'
  return permittedTiers(authorizer, user, action, rights.tiers).join(',')
}

export class RequestAccess implements ObjectAccess {
  readonly #access: Access
  readonly #user: User
  readonly #action: ResourceAction

  constructor(access: Access, user: User, action: ResourceAction) {
    this.#access = access
    this.#user = user
    this.#action = action
  }

  checkStored(stored: ResourceObject): void {
    if (isTiered(this.#action)) this.#requireTier(this.#action, tierOf(stored))
  }

  checkMissing(): void {
    if (!isTiered(this.#action)) return
    const { authorizer, rights } = this.#access
    if (permittedTiers(authorizer, this.#user, this.#action, rights.tiers).length > 0) return
    throw refusal({ ...this.#action, user: this.#user }, 'no tier permits it')
  }

  async checkWrite(
    after: ResourceObject,
    before: ResourceObject | undefined,
  ): Promise<readonly Precondition[]> {
    if (after.kind === 'Event') this.#checkEvent(after)
    if (before === undefined) this.#checkCreation(after)
    else if (after.kind === 'Node') this.#checkNode(after, before)
    else if (isTiered(this.#action) && tierOf(after) !== tierOf(before)) this.checkStored(after)
    return this.#action.group === rbacGroup ? this.#checkGrant(after, before) : []
  }

  /** By the rights as they are, whichever server has changed them last, and only while they stay so. */
  async #checkGrant(
    after: ResourceObject,
    before: ResourceObject | undefined,
  ): Promise<readonly Precondition[]> {
    const { authorizer, rights } = this.#access
    const revision = await rights.catchUp()
    if (revision === undefined) throw unavailable('the newest rights are not known here yet')
    new EscalationGuard(authorizer, rights.index).check(this.#user, this.#action, after, before)
    return rbacCollections.map((collection) => ({ collection, revision }))
  }

  /**
   * Who makes an object by applying it must be allowed to create it too. At the door a new object had no name; now that it has one, it may
   * be one that is denied to the user, or that nothing allows.
   */
  #checkCreation(after: ResourceObject): void {
    const create = { ...this.#action, verb: 'create', name: '' }
    if (isTiered(this.#action)) {
      this.#requireTier(this.#action, tierOf(after))
      this.#requireTier(create, tierOf(after))
    } else {
      if (this.#action.verb !== 'create') passDoor(this.#access, this.#user, create)
      passDoor(this.#access, this.#user, { ...create, name: after.metadata.name })
    }
  }

  /** At the door it was not known what would become of the annotations. */
  #checkNode(after: ResourceObject, before: ResourceObject): void {
    const problem = forbiddenToNode(this.#user, after, before)
    if (problem !== undefined) throw refusal({ ...this.#action, user: this.#user }, problem)
  }

  /** At the door it was not known what it is about. */
  #checkEvent(after: ResourceObject): void {
    const problem = foreignEvent(this.#user, after)
    if (problem !== undefined) throw refusal({ ...this.#action, user: this.#user }, problem)
  }

  #requireTier(action: ResourceAction, tier: string): void {
    requireTier(this.#access.authorizer, this.#user, action, tier)
  }
}

/** Admission gives every policy a tier; should one have none, no tier permits it. */
function tierOf({ spec }: ResourceObject): string {
  return isObject(spec) && typeof spec.tier === 'string' ? spec.tier : ''
}
