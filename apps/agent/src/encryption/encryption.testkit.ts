/** Encryption of node `a`, whose only peer is `b`, on a kernel and an API in memory. */
import type { Batch } from '@margay/dataplane'
import { type Cidr, type Ip, parseCidr, parseIp } from '@margay/netset'
import { type Endpoint, type NodeSettings, StateBuilder } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { FakeClock } from '../testing/fake-clock.ts'
import { FakeNft } from '../testing/fake-nft.ts'
import { FakeTunnels, MemoryKeys } from '../testing/fake-tunnels.ts'
import { endpointOf, settingsOf } from './cluster.testkit.ts'
import { Encryption } from './encryption.ts'
import { keyOf, keyOfB, turns } from './tunnel-keeper.testkit.ts'

const keyName = 'projectcalico.org/WireguardPublicKey'
const keyNameV6 = 'projectcalico.org/WireguardPublicKeyV6'

export interface Mode {
  readonly isOn?: boolean
  readonly isOnV6?: boolean
  readonly required?: boolean
  readonly exempt?: readonly string[]
}

export function nodeSettings({
  isOn = true,
  isOnV6 = false,
  required = false,
  exempt = [],
}: Mode): NodeSettings {
  const all = { version: 4, exempt: exempt.map(cidr), required, hostEncryption: false } as const
  const device = { interfaceName: 'wg-v6.cali', listenPort: 51821, mtu: 0 }
  const encryption = { ...settingsOf(all, { isOn }), ipv6: isOnV6 ? device : undefined }
  return { ...new StateBuilder().update([]).state.settingsOf('a'), encryption }
}

const cidr = (text: string) => parseCidr(text) as Cidr

export const pod = (node: string, text: string): Endpoint => endpointOf({ node, ip: parseIp(text) as Ip })

class GuardNft extends FakeNft {
  readonly #steps: string[]

  constructor(steps: string[]) {
    super()
    this.#steps = steps
  }

  override commit(batch: Batch): void {
    super.commit(batch)
    this.#steps.push(`guard: ${batch[0]?.do}`)
  }
}

export class EncryptedNode {
  readonly kernel = new FakeTunnels()
  readonly driver = new GuardNft(this.kernel.steps)
  readonly keys = new MemoryKeys(this.kernel.steps)
  readonly clock = new FakeClock()
  readonly lines: string[] = []
  readonly nodes = new Map<string, ResourceObject>()
  readonly pools = new Map<string, ResourceObject>()
  readonly encryption: Encryption
  endpoints: Endpoint[] = []
  #made = 0

  constructor() {
    const { kernel, keys, driver, clock } = this
    this.put('a', '192.0.2.1', '10.0.1.0/24', { 'projectcalico.org/other': 'stays' })
    this.put('b', '192.0.2.2', '10.0.2.0/24', { [keyName]: keyOfB })
    this.encryption = new Encryption({
      nodeName: 'a',
      client: {
        patch: async (_kind: unknown, ref: unknown, body: unknown) => this.#patch(ref, body) as never,
      },
      kernel,
      keys,
      driver,
      clock,
      randomBytes: (count) => new Uint8Array(count).fill(++this.#made),
      apiPorts: [6443],
      nodes: () => this.nodes,
      pools: () => this.pools,
      log: (line) => this.lines.push(line),
    })
  }

  put(name: string, address: string, podCIDR: string, annotations: Record<string, string> = {}): void {
    const status = { addresses: [{ type: 'InternalIP', address }] }
    const spec = { podCIDR, podCIDRs: [podCIDR] }
    this.nodes.set(name, { apiVersion: 'v1', kind: 'Node', metadata: { name, annotations }, spec, status })
  }

  pool(name: string, cidr: string): void {
    const apiVersion = 'projectcalico.org/v3'
    this.pools.set(name, { apiVersion, kind: 'IPPool', metadata: { name }, spec: { cidr } })
  }

  /** As the API has them. */
  get published(): { readonly ipv4: string | undefined; readonly ipv6: string | undefined } {
    const { annotations = {} } = this.nodes.get('a')?.metadata ?? {}
    return { ipv4: annotations[keyName], ipv6: annotations[keyNameV6] }
  }

  async desire(
    mode: Mode,
    come: readonly Endpoint[] = [],
    gone: readonly Endpoint[] = [],
    isPartial = false,
  ): Promise<void> {
    this.endpoints = [...this.endpoints.filter((it) => !gone.includes(it)), ...come]
    const endpoints = this.endpoints
    this.encryption.desire({
      settings: nodeSettings(mode),
      endpoints: () => endpoints,
      come,
      gone,
      isPartial,
    })
    await this.settled()
  }

  async nodesChanged(): Promise<void> {
    this.encryption.nodesChanged()
    await this.settled()
  }

  async settled(): Promise<void> {
    await turns()
    await this.clock.advance(25)
    await turns()
  }

  /** Where a packet to here would go: of the route with the best metric. */
  routeTo(destination: string): string | undefined {
    const all = this.kernel.routeSpecs.filter((route) => route.destination === destination)
    return all.toSorted((one, other) => (one.metric ?? 0) - (other.metric ?? 0))[0]?.type
  }

  #patch(_: unknown, body: unknown): ResourceObject {
    const { annotations } = (body as { metadata: { annotations: Record<string, string | null> } }).metadata
    const node = this.nodes.get('a') as ResourceObject
    const all = Object.entries({ ...node.metadata.annotations, ...annotations }).filter(
      ([, text]) => text !== null,
    )
    const changed = {
      ...node,
      metadata: { ...node.metadata, annotations: Object.fromEntries(all) as Record<string, string> },
    }
    this.nodes.set('a', changed)
    this.kernel.steps.push('publish')
    setImmediate(() => this.encryption.nodesChanged())
    return changed
  }
}

export const ownKey = keyOf(1).publicKey
