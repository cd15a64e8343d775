/** The profiles that host endpoints name, while these, and what the profiles are, come and go. */
import type { Inheritance } from '../lower/inheritance.ts'
import type { ObjectProblem } from '../lower/lower-endpoint.ts'
import { lowerProfile } from '../lower/lower-profile.ts'
import { LoweredPeers } from '../lower/lowered-peers.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { Profile } from '../model/profile.ts'
import type { AddressSets } from './address-set.ts'
import { type Delta, isEmpty } from './delta.ts'
import { Lowered } from './lowered.ts'
import type { Problems } from './problems.ts'
import { usesOf } from './rule-uses.ts'
import type { ServiceSets } from './service-set.ts'

/** What profiles are lowered with. */
export interface ProfileSources {
  readonly inheritance: Inheritance
  readonly sets: AddressSets
  readonly services: ServiceSets
  /** Told of what is not understood. */
  readonly problems: Problems<ObjectProblem>
}

export class LiveProfiles {
  readonly #from: ProfileSources
  readonly #byName = new Lowered((name: string) => this.#lower(name))

  constructor(from: ProfileSources) {
    this.#from = from
  }

  of(name: string): Profile | undefined {
    return this.#byName.of(name)
  }

  /** `stale`: names of profiles that are others now, and others. True if one changed that was named before, and still is. */
  update(changes: Delta<HostEndpoint>, all: Iterable<HostEndpoint>, stale: ReadonlySet<unknown>): boolean {
    if (isEmpty(changes) && stale.size === 0) return false
    const names = isEmpty(changes) ? { gone: [], come: [] } : this.#changesOfNames(all)
    const again = Array.from(stale).filter((it) => this.#byName.has(it))
    for (const name of [...names.gone, ...again]) this.#leave(name)
    const { gone, come } = this.#byName.update(names, again)
    if (gone.length + come.length === 0) return false
    this.#from.sets.retain(come.flatMap((it) => usesOf(it).sets))
    this.#from.sets.release(gone.flatMap((it) => usesOf(it).sets))
    return gone.length > names.gone.length
  }

  #changesOfNames(all: Iterable<HostEndpoint>): Delta<string> {
    const [before, after] = [new Set(this.#byName.sources), new Set([...all].flatMap((it) => it.profiles))]
    return { gone: [...before.difference(after)], come: [...after.difference(before)] }
  }

  #lower(name: string): Profile {
    const { inheritance, sets, services, problems } = this.#from
    const found: ObjectProblem[] = []
    const report = (message: string) => found.push({ object: `Profile ${name}`, message })
    const profile = lowerProfile(name, inheritance, {
      ...{ namespace: '', sets, services, report },
      peers: new LoweredPeers(),
    })
    problems.set(name, found)
    services.retain(usesOf(profile).services, name)
    return profile
  }

  #leave(name: string): void {
    const { services, problems } = this.#from
    const profile = this.#byName.of(name)
    problems.set(name, [])
    if (profile !== undefined) services.release(usesOf(profile).services, name)
  }
}
