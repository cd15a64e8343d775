/** What pods of one namespace and service account have in common, made once for all of them. */
import {
  identityLabels,
  namespaceProfileLabels,
  type Pod,
  profileNames,
  serviceAccountOf,
  serviceAccountProfileLabels,
} from '@margay/resources'
import type { ProfileRef } from '../model/endpoint.ts'
import { LayeredLabels } from '../model/layered-labels.ts'
import { inheritLabels } from './inherit-labels.ts'
import type { Inheritance } from './inheritance.ts'

export class PodParent {
  readonly namespace: string
  readonly account: string
  /** What they are, and what they inherit. */
  readonly labels: ReadonlyMap<string, string>
  readonly profiles: readonly ProfileRef[]
  /** Of the last of them: replicas, which have the same labels, come one after the other. */
  #last: LayeredLabels | undefined

  constructor(namespace: string, account: string, from: Inheritance) {
    const owner = from.namespaces.get(namespace)
    const runner = from.serviceAccounts.get(`${namespace}/${account}`)
    this.namespace = namespace
    this.account = account
    this.labels = inheritLabels(identityLabels(namespace, account), [
      owner === undefined ? {} : namespaceProfileLabels(owner),
      runner === undefined ? {} : serviceAccountProfileLabels(runner),
    ])
    const [ofNamespace = '', ...others] = profileNames(namespace, account)
    // A pod whose namespace is not known yet stays closed: nobody can say what its labels will be.
    const action = owner === undefined ? 'Deny' : 'Allow'
    this.profiles = [
      { name: ofNamespace, action },
      ...others.map((name) => ({ name, action: 'None' as const })),
    ]
  }

  /** With a pod's own, of which none has a name of these. */
  labelsWith(own: Readonly<Record<string, string>>): LayeredLabels {
    if (this.#last?.isOf(own) !== true) this.#last = new LayeredLabels(own, this.labels)
    return this.#last
  }
}

/** Those of the namespaces that were asked about. */
export class PodParents {
  readonly #from: Inheritance
  /** Hardly any namespace has pods of many accounts. */
  readonly #byNamespace = new Map<string, PodParent[]>()

  constructor(from: Inheritance) {
    this.#from = from
  }

  of(pod: Pod): PodParent {
    const { namespace = 'default' } = pod.metadata
    const account = serviceAccountOf(pod)
    const alike = this.#byNamespace.get(namespace)
    const known = alike?.find((it) => it.account === account)
    if (known !== undefined) return known
    const made = new PodParent(namespace, account, this.#from)
    if (alike === undefined) this.#byNamespace.set(namespace, [made])
    else alike.push(made)
    return made
  }

  /** The namespace, or an account of it, is another now, or nobody is in it any more. */
  forget(namespace: string): void {
    this.#byNamespace.delete(namespace)
  }
}
