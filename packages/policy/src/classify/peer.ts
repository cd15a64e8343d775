/** Whom a rule is asked about: the addresses of one class, by the criteria that they meet. */
import type { NamedPort } from '../model/endpoint.ts'
import type { PeerMatch, PortMatch } from '../model/rule.ts'
import type { ServiceSet } from '../state/service-set.ts'
import { type AddressClass, namedPortsAt, servicePortsAt } from './address-class.ts'
import { type Criterion, criteriaOf } from './criteria.ts'
import type { LiveClasses } from './live-classes.ts'

export interface Peer {
  /** Of the criteria that are in use, those that hold for its addresses. */
  readonly met: readonly Criterion[]
  meets(criterion: Criterion): boolean
  /** What names of ports mean there. */
  namedPorts(match: PortMatch): readonly NamedPort[]
  /** The ports of a service there. */
  servicePorts(service: ServiceSet): readonly NamedPort[]
}

/** What `classes` know of it, at any time. */
export function peerOfClass(it: AddressClass, classes: KnownClasses): Peer {
  return new ClassPeer(it, classes)
}

type KnownClasses = Pick<LiveClasses, 'meeting' | 'criteriaMetBy'>

/** A class, not an object of functions: there is one for each class of addresses. */
class ClassPeer implements Peer {
  readonly #it: AddressClass
  readonly #classes: KnownClasses

  constructor(it: AddressClass, classes: KnownClasses) {
    this.#it = it
    this.#classes = classes
  }

  get met(): readonly Criterion[] {
    return this.#classes.criteriaMetBy(this.#it)
  }

  meets(criterion: Criterion): boolean {
    return this.#classes.meeting(criterion).has(this.#it)
  }

  namedPorts(match: PortMatch): readonly NamedPort[] {
    return namedPortsAt(match, this.#it)
  }

  servicePorts(service: ServiceSet): readonly NamedPort[] {
    return servicePortsAt(service, this.#it)
  }
}

/** Do a rule's criteria hold for the addresses? Without a peer: where no criterion holds. Ports are another matter. */
export function matchesPeers(peer: PeerMatch, it: Peer | undefined): boolean {
  const { positive, negative } = criteriaOf(peer)
  if (it === undefined) return positive.length === 0
  return (
    positive.every((criterion) => it.meets(criterion)) && !negative.some((criterion) => it.meets(criterion))
  )
}
