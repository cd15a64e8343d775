import type { NodeInterface, NodeSettings } from '@margay/policy'

/** The node that is compiled for. */
export interface NodeView {
  readonly name: string
  /** Its own interfaces, as the kernel has them; those of workloads may be there too. */
  readonly interfaces: readonly NodeInterface[]
}

export interface CompileOptions {
  /** Overrides what FelixConfiguration says. */
  readonly settings: Partial<NodeSettings>
  /** A criterion that more classes of addresses meet gets tables of its own; a matter of size and speed, not of meaning. */
  readonly mostOfNarrow: number
}

export const defaultCompileOptions: CompileOptions = { settings: {}, mostOfNarrow: 16 }
