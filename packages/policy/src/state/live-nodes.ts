/** Nodes and what they are told, while both come and go. */
import type { FelixConfiguration, Node } from '@margay/resources'
import { lowerSettings } from '../lower/lower-settings.ts'
import type { NodeSettings } from '../model/node-settings.ts'
import { type Delta, isEmpty } from './delta.ts'

export class LiveNodes {
  readonly #nodes = new Map<string, Node>()
  readonly #configurations = new Map<string, FelixConfiguration>()
  #settings = new Map<string, NodeSettings>()

  /** In the order of their names. */
  get nodes(): readonly Node[] {
    return [...this.#nodes.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  }

  /** True if settings may be others: configurations changed, or nodes that some are for by selector. */
  update(nodes: Delta<Node>, configurations: Delta<FelixConfiguration>): boolean {
    const isAnySelected = [...this.#configurations.values()].some(
      ({ spec }) => (spec?.nodeSelector ?? '') !== '',
    )
    replace(this.#nodes, nodes)
    replace(this.#configurations, configurations)
    const isChanged = !isEmpty(configurations) || (!isEmpty(nodes) && isAnySelected)
    if (isChanged) this.#settings = new Map()
    return isChanged
  }

  /** Also for a node that is not known: what holds for all. */
  settingsOf(name: string): NodeSettings {
    const known = this.#settings.get(name)
    if (known !== undefined) return known
    const node = this.#nodes.get(name)
    const settings = lowerSettings(name, [...this.#configurations.values()], node === undefined ? [] : [node])
    this.#settings.set(name, settings)
    return settings
  }
}

function replace<T extends Node | FelixConfiguration>(all: Map<string, T>, { gone, come }: Delta<T>): void {
  for (const { metadata } of gone) all.delete(metadata.name)
  for (const it of come) all.set(it.metadata.name, it)
}
