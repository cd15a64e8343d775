/** A large cluster as one agent is told it, and follows it: the steps of `Encryption` between what the API tells and its keeper of tunnels. */
import { randomBytes } from 'node:crypto'
import { type Ip, parseIp } from '@margay/netset'
import type { Endpoint } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { guardOptions, homesOf, worldsOf } from '../../apps/agent/src/encryption/encrypted-world.ts'
import { FollowedTunnel } from '../../apps/agent/src/encryption/followed-tunnel.ts'
import { Strays } from '../../apps/agent/src/encryption/strays.ts'
import type { DesiredTunnel } from '../../apps/agent/src/encryption/tunnel-model.ts'
import { nodeSettings } from './encrypted-node.ts'
import { nodeObject } from './node-objects.ts'

/** Nodes have a block each, that holds the addresses of their pods; or none, so that each address counts by itself. */
export type Addressing = 'blocks' | 'singles'

export interface LargeCluster {
  readonly addressing: Addressing
  readonly nodes: Map<string, ResourceObject>
  readonly endpoints: Endpoint[]
}

const podsPerNode = 50

export function largeCluster(nodeCount: number, addressing: Addressing): LargeCluster {
  const indices = Array.from({ length: nodeCount }, (_, index) => index)
  return {
    addressing,
    nodes: new Map(indices.map((index) => [nodeName(index), nodeAt(index, addressing)])),
    endpoints: indices.flatMap((node) => Array.from({ length: podsPerNode }, (_, pod) => podAt(node, pod))),
  }
}

/** Each time with another key: any 32 bytes are one. */
export function nodeAt(index: number, addressing: Addressing): ResourceObject {
  return nodeObject({
    name: nodeName(index),
    address: `198.18.${index >> 8}.${index & 255}`,
    publicKey: randomBytes(32).toString('base64'),
    ...(addressing === 'blocks' ? { podCidr: `10.${index >> 8}.${index & 255}.0/24` } : {}),
  })
}

const plainPod = {
  namespace: 'bench',
  labels: new Map(),
  ports: [],
  interfaceName: '',
  profiles: [],
  allowedSourcePrefixes: [],
  limits: undefined,
}

/** At most 254 for each node. */
export function podAt(node: number, pod: number): Endpoint {
  const name = `pod-${node}-${pod}`
  const address = parseIp(`10.${node >> 8}.${node & 255}.${pod + 1}`) as Ip
  return { ...plainPod, key: `bench/${name}`, name, node: nodeName(node), addresses: [address] }
}

export function nodeName(index: number): string {
  return `node-${index}`
}

export class FollowedCluster {
  readonly #cluster: LargeCluster
  readonly #strays: Strays
  readonly #tunnels = [new FollowedTunnel(), new FollowedTunnel()]

  constructor(cluster: LargeCluster) {
    this.#cluster = cluster
    this.#strays = new Strays(homesOf(cluster.nodes), cluster.endpoints)
  }

  /** False: nothing else has to be looked at. */
  podCame(pod: Endpoint): boolean {
    this.#cluster.endpoints.push(pod)
    return this.#strays.update({ come: [pod], gone: [] })
  }

  /** The tunnel over IPv4; over both IP versions all is looked at. */
  follow(): DesiredTunnel {
    const { nodes, endpoints } = this.#cluster
    this.#strays.rehome(homesOf(nodes), () => endpoints)
    const told = { nodeName: nodeName(0), nodes, pools: new Map() }
    const worlds = worldsOf(told, nodeSettings(), () => this.#strays)
    const followed = worlds.map((world, index) => this.#tunnels[index]?.follow(world))
    guardOptions(
      nodeSettings(),
      worlds,
      new Map(),
      [],
      ({ version }) => followed[version === 4 ? 0 : 1]?.guarded,
    )
    const desired = followed[0]?.tunnel
    if (desired === undefined) throw new Error('encryption is switched off')
    return desired
  }
}
