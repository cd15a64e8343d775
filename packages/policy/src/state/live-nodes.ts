/** Nodes and what they are told, while both come and go. */
import { type Cidr, formatCidr, type Ip } from '@margay/netset'
import {
  type FelixConfiguration,
  type Installation,
  type IpPool,
  type Node,
  nodeAddresses,
} from '@margay/resources'
import { exemptCidrs, installationSettings } from '../lower/lower-encryption.ts'
import { lowerSettings } from '../lower/lower-settings.ts'
import { type PoolTunnels, poolTunnels } from '../lower/lower-tunnels.ts'
import type { NodeSettings } from '../model/node-settings.ts'
import { addressKey } from './address-key.ts'
import { type Delta, isEmpty } from './delta.ts'

export class LiveNodes {
  readonly #nodes = new Map<string, Node>()
  readonly #configurations = new Map<string, FelixConfiguration>()
  readonly #pools = new Map<string, IpPool>()
  readonly #installations = new Map<string, Installation>()
  #tunnels: PoolTunnels = poolTunnels([])
  #exempt: readonly Cidr[] = []
  #addresses: readonly Ip[] = []
  #addressKeys: ReadonlySet<string> = new Set()
  #settings = new Map<string, NodeSettings>()

  /** In the order of their names. */
  get nodes(): readonly Node[] {
    return [...this.#nodes.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  }

  /** Of all nodes, each once; the same list as long as they are the same. */
  get addresses(): readonly Ip[] {
    return this.#addresses
  }

  /** None for a node that is not known. */
  addressesOf(name: string): readonly Ip[] {
    const node = this.#nodes.get(name)
    return node === undefined ? [] : nodeAddresses(node)
  }

  isAddress(address: Ip): boolean {
    return this.#addressKeys.has(addressKey(address))
  }

  /**
   * True if settings that policy reads may be others: configurations changed, nodes that some are for by selector, tunnels of pools, or
   * what the operator is told. Which pools are encrypted is not among them.
   */
  update({ nodes, configurations, pools, installations }: NodesDelta): boolean {
    if ([nodes, configurations, pools, installations].every(isEmpty)) return false
    const isAnySelected = [...this.#configurations.values()].some(
      ({ spec }) => (spec?.nodeSelector ?? '') !== '',
    )
    replace(this.#nodes, nodes)
    replace(this.#configurations, configurations)
    if (!isEmpty(nodes)) this.#readAddresses()
    const areTunnelsOthers = !isEmpty(pools) && this.#readPools(pools)
    const isInstalledOtherwise = !isEmpty(installations) && this.#readInstallations(installations)
    const isChanged =
      !isEmpty(configurations) ||
      (!isEmpty(nodes) && isAnySelected) ||
      areTunnelsOthers ||
      isInstalledOtherwise
    if (isChanged) this.#settings = new Map()
    return isChanged
  }

  /** Also for a node that is not known: what holds for all. */
  settingsOf(name: string): NodeSettings {
    const known = this.#settings.get(name)
    if (known !== undefined) return known
    const node = this.#nodes.get(name)
    const nodes = node === undefined ? [] : [node]
    const settings = lowerSettings(name, [...this.#configurations.values()], nodes, {
      tunnels: this.#tunnels,
      exempt: this.#exempt,
      installation: installationSettings(this.#installations),
    })
    this.#settings.set(name, settings)
    return settings
  }

  #readAddresses(): void {
    const all = this.nodes.flatMap(nodeAddresses)
    const byKey = new Map(all.map((address) => [addressKey(address), address]))
    const keys = new Set(byKey.keys())
    if (keys.symmetricDifference(this.#addressKeys).size === 0) return
    this.#addressKeys = keys
    this.#addresses = [...byKey.values()]
  }

  #readPools(pools: Delta<IpPool>): boolean {
    replace(this.#pools, pools)
    this.#readExempt()
    const before = this.#tunnels
    this.#tunnels = poolTunnels(this.#pools.values())
    return JSON.stringify(before) !== JSON.stringify(this.#tunnels)
  }

  #readExempt(): void {
    const exempt = exemptCidrs(this.#pools.values())
    if (textOf(exempt) === textOf(this.#exempt)) return
    this.#exempt = exempt
    this.#settings = new Map()
  }

  #readInstallations(installations: Delta<Installation>): boolean {
    const before = installationSettings(this.#installations).wireguardEnabled
    replace(this.#installations, installations)
    return installationSettings(this.#installations).wireguardEnabled !== before
  }
}

function textOf(cidrs: readonly Cidr[]): string {
  return cidrs.map(formatCidr).join(' ')
}

export interface NodesDelta {
  readonly nodes: Delta<Node>
  readonly configurations: Delta<FelixConfiguration>
  readonly pools: Delta<IpPool>
  readonly installations: Delta<Installation>
}

function replace<T extends Node | FelixConfiguration | IpPool | Installation>(
  all: Map<string, T>,
  { gone, come }: Delta<T>,
): void {
  for (const { metadata } of gone) all.delete(metadata.name)
  for (const it of come) all.set(it.metadata.name, it)
}
