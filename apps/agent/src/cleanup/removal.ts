/** What can be told to be the agent's own, whoever asks and whenever, and so may be removed. Data only. */
import { type Route, type RoutingRule, RT_TABLE_MAIN } from '@margay/netlink'
import { formatTableName, type Table } from '@margay/netlink/nftables'

export interface LinkRef {
  readonly index: number
  readonly name: string
}

export type Removal =
  | { readonly kind: 'Table'; readonly table: Table }
  /** What leads packets of a pod to the link where they wait. */
  | { readonly kind: 'Redirect'; readonly link: LinkRef }
  /** Where packets to a pod wait. */
  | { readonly kind: 'Bucket'; readonly link: LinkRef }
  | { readonly kind: 'Link'; readonly link: LinkRef }
  /** What says that an agent looked after the interfaces of this node. */
  | { readonly kind: 'Mark'; readonly path: string }
  /** What leads packets into a tunnel, or around it. */
  | { readonly kind: 'Rule'; readonly rule: RoutingRule }
  /** Of WireGuard, with the process that runs it. */
  | { readonly kind: 'Device'; readonly link: LinkRef }
  | { readonly kind: 'Route'; readonly route: Route; readonly link: LinkRef | undefined }

/** For example `route 10.0.0.1/32 dev cali1`. */
export function describeRemoval(removal: Removal): string {
  switch (removal.kind) {
    case 'Table':
      return `table ${formatTableName(removal.table)}`
    case 'Redirect':
      return `limit of packets from ${removal.link.name}`
    case 'Bucket':
      return `limit of packets to ${removal.link.name}`
    case 'Mark':
      return `mark ${removal.path}`
    case 'Link':
      return `link ${removal.link.name}`
    case 'Rule':
      return `rule ${removal.rule.priority} of IPv${removal.rule.family}`
    case 'Device':
      return `WireGuard device ${removal.link.name}`
    case 'Route':
      return describeRoute(removal.route, removal.link)
  }
}

function describeRoute({ destination, type, table }: Route, link: LinkRef | undefined): string {
  const device = link === undefined ? '' : ` dev ${link.name}`
  return `route ${type === 'Unicast' ? '' : `${type.toLowerCase()} `}${destination}${device}${table === RT_TABLE_MAIN ? '' : ` table ${table}`}`
}
