import type { Cidr } from '@margay/netset'
import { interfaceNameOf, nodeOf, type Pod, podAddresses, podPorts } from '@margay/resources'
import type { Endpoint, NamedPort } from '../model/endpoint.ts'
import type { EndpointLimits } from '../model/endpoint-limits.ts'
import { protocolNumber } from '../model/protocol.ts'
import type { PodParent } from './pod-parents.ts'
import { Shared } from './shared.ts'

/** What few pods have. */
export interface PodExtras {
  readonly allowedSourcePrefixes: readonly Cidr[]
  readonly limits: EndpointLimits | undefined
}

export const noExtras: PodExtras = { allowedSourcePrefixes: [], limits: undefined }

export interface PodParts {
  readonly parent: PodParent
  readonly labels: Endpoint['labels']
  readonly extras: PodExtras
  /** What was known under its name. */
  readonly before: PodEndpoint | undefined
}

/**
 * A pod as policy sees it: its object, which nobody changes, and what it has in common with others. What only its own node asks, such as
 * the name of its interface, is worked out when somebody asks: nearly all pods of a large cluster are elsewhere.
 */
export class PodEndpoint implements Endpoint {
  readonly labels: Endpoint['labels']
  readonly pod: Pod
  readonly #parent: PodParent
  readonly #extras: PodExtras
  #key: string | undefined
  #addresses: Endpoint['addresses'] | undefined
  #ports: Endpoint['ports'] | undefined
  #interfaceName: string | undefined

  constructor(pod: Pod, { parent, labels, extras, before }: PodParts) {
    this.labels = labels
    this.pod = pod
    this.#parent = parent
    this.#extras = extras
    if (before !== undefined) this.#key = before.#key
  }

  get key(): string {
    // Joined it is one text; of a template, the engine would keep the pieces too.
    this.#key ??= [this.namespace, this.name].join('/')
    return this.#key
  }

  get namespace(): string {
    return this.#parent.namespace
  }

  get name(): string {
    return this.pod.metadata.name
  }

  get node(): string | undefined {
    return nodeOf(this.pod)
  }

  get addresses(): Endpoint['addresses'] {
    this.#addresses ??= podAddresses(this.pod)
    return this.#addresses
  }

  get ports(): Endpoint['ports'] {
    this.#ports ??= portsOf(this.pod)
    return this.#ports
  }

  get interfaceName(): string {
    this.#interfaceName ??= interfaceNameOf(this.namespace, this.name)
    return this.#interfaceName
  }

  get profiles(): Endpoint['profiles'] {
    return this.#parent.profiles
  }

  get allowedSourcePrefixes(): Endpoint['allowedSourcePrefixes'] {
    return this.#extras.allowedSourcePrefixes
  }

  get limits(): Endpoint['limits'] {
    return this.#extras.limits
  }
}

const noPorts: readonly NamedPort[] = []
/** Pods that one workload made, and many others, have these in common. */
const sharedPorts = new Shared<readonly NamedPort[]>()

function portsOf(pod: Pod): readonly NamedPort[] {
  const ports = podPorts(pod)
  if (ports.length === 0) return noPorts
  return sharedPorts.of(JSON.stringify(ports), () =>
    ports.map(({ name, port, protocol }) => ({ name, port, protocol: protocolNumber(protocol) ?? 0 })),
  )
}
