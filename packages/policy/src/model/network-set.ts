import type { Cidr } from '@margay/netset'
import type { DomainPattern } from '@margay/resources'

/** A network set: addresses outside of the cluster that can be selected by label. */
export interface NetworkSetEntry {
  /** `namespace/name`, or `name` for a global one. */
  readonly key: string
  readonly labels: ReadonlyMap<string, string>
  readonly nets: readonly Cidr[]
  /** Of `allowedEgressDomains`, in order, each once: they count for egress rules that allow, and for no other. */
  readonly domains: readonly DomainPattern[]
}
