/** Source: include/uapi/linux/netlink.h. */

/** Protocols: the third argument of socket(2). */
export const NETLINK_ROUTE = 0
export const NETLINK_NETFILTER = 12
export const NETLINK_GENERIC = 16

export const NLM_F_REQUEST = 0x1
export const NLM_F_MULTI = 0x2
export const NLM_F_ACK = 0x4
export const NLM_F_DUMP_INTR = 0x10
/** With requests for data: all entries. */
export const NLM_F_DUMP = 0x300
/** With requests that make something. */
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
export const NLM_F_APPEND = 0x800
/** With answers: the refused message is not repeated; attributes with details follow. */
export const NLM_F_CAPPED = 0x100
export const NLM_F_ACK_TLVS = 0x200

export const NLMSG_NOOP = 1
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3

/** `struct nlmsghdr`: length u32, type u16, flags u16, sequence u32, port u32; all in host byte order. */
export const messageHeaderBytes = 16
/** `struct nlattr`: length u16, type u16; padded with zero bytes to 4. */
export const attributeHeaderBytes = 4

/** The two highest bits of an attribute's type are flags. */
export const NLA_F_NESTED = 0x8000
export const NLA_TYPE_MASK = 0x3fff

export const NLMSGERR_ATTR_MSG = 1
export const NLMSGERR_ATTR_OFFS = 2

/** Everything in a message begins at a multiple of 4. */
export function align(length: number): number {
  return (length + 3) & ~3
}
