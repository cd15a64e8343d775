/** Source: include/uapi/linux/netfilter/{nfnetlink_log,nfnetlink}.h. */

const NFNL_SUBSYS_ULOG = 4

/** Message types: the subsystem in the upper byte. */
export const NFULNL_MSG_PACKET = NFNL_SUBSYS_ULOG << 8
export const NFULNL_MSG_CONFIG = NFULNL_MSG_PACKET | 1

export const packetAttribute = {
  header: 1,
  mark: 2,
  inDevice: 4,
  outDevice: 5,
  payload: 9,
  prefix: 10,
  sequence: 12,
} as const

export const configAttribute = { command: 1, mode: 2, queueThreshold: 5, flags: 6 } as const
export const command = { bind: 1 } as const
export const NFULNL_COPY_PACKET = 2
/** Each message has a number of the group's own. */
export const NFULNL_CFG_F_SEQ = 1

/** `struct nfgenmsg`: address family u8, version u8 (0), the group u16 in network byte order. */
export const groupHeaderBytes = 4
