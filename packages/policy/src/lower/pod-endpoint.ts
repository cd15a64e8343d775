import { interfaceNameOf } from '@margay/resources'
import type { Endpoint } from '../model/endpoint.ts'

/** Works out its interface's name when it is asked for it: that takes a hash, and nobody asks but its own node. */
export class PodEndpoint implements Endpoint {
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly node: Endpoint['node']
  readonly labels: Endpoint['labels']
  readonly addresses: Endpoint['addresses']
  readonly ports: Endpoint['ports']
  readonly profiles: Endpoint['profiles']
  readonly allowedSourcePrefixes: Endpoint['allowedSourcePrefixes']
  readonly limits: Endpoint['limits']
  #interfaceName: string | undefined

  constructor(parts: Omit<Endpoint, 'key' | 'interfaceName'>) {
    // Joined it is one text; of a template, the engine would keep the pieces too.
    this.key = [parts.namespace, parts.name].join('/')
    this.namespace = parts.namespace
    this.name = parts.name
    this.node = parts.node
    this.labels = parts.labels
    this.addresses = parts.addresses
    this.ports = parts.ports
    this.profiles = parts.profiles
    this.allowedSourcePrefixes = parts.allowedSourcePrefixes
    this.limits = parts.limits
  }

  get interfaceName(): string {
    this.#interfaceName ??= interfaceNameOf(this.namespace, this.name)
    return this.#interfaceName
  }
}
