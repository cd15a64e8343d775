import type { Family, Table } from '@margay/netlink/nftables'

/** Where all of Margay's state in the kernel lives; other people's tables are never touched. */
export function table(family: Family): Table {
  return { family, name: 'margay' }
}
