import type { Cidr } from '@margay/netset'

/** A network set: addresses outside of the cluster that can be selected by label. */
export interface NetworkSetEntry {
  /** `namespace/name`, or `name` for a global one. */
  readonly key: string
  readonly labels: ReadonlyMap<string, string>
  readonly nets: readonly Cidr[]
}
