import type { Ip } from '@margay/netset'
import type { NodeInterface, NodeSettings } from '@margay/policy'

export interface NodeDevice extends NodeInterface {
  /** Another one once the device went and one of the same name came. */
  readonly index: number
  /**
   * Untagged frames that it gets may count as another device's: it belongs to a bridge or bond, or others (macvlan, ipvlan) are made
   * of it.
   */
  readonly handsOn: boolean
}

/** The node that is compiled for. */
export interface NodeView {
  readonly name: string
  /** Its own interfaces, as the kernel has them; those of workloads may be there too. */
  readonly interfaces: readonly NodeDevice[]
  /** The link-local address of a pod, by the interface at the node's end; where it is not known, the pod may claim any. */
  readonly linkLocals: ReadonlyMap<string, Ip>
}

export interface CompileOptions {
  /** Overrides what FelixConfiguration says. */
  readonly settings: Partial<NodeSettings>
  /** A criterion that more classes of addresses meet gets tables of its own; a matter of size and speed, not of meaning. */
  readonly mostOfNarrow: number
  /** For how many elements the maps of all addresses and classes have room at least. Those that outgrow it are made anew. */
  readonly leastRoom: number
}

export const defaultCompileOptions: CompileOptions = { settings: {}, mostOfNarrow: 64, leastRoom: 4096 }
