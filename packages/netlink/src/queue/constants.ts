/** Source: include/uapi/linux/netfilter/{nfnetlink_queue,nfnetlink}.h. */

const NFNL_SUBSYS_QUEUE = 3

/** Message types: the subsystem in the upper byte. */
export const NFQNL_MSG_PACKET = NFNL_SUBSYS_QUEUE << 8
export const NFQNL_MSG_VERDICT = NFQNL_MSG_PACKET | 1
export const NFQNL_MSG_CONFIG = NFQNL_MSG_PACKET | 2
export const NFQNL_MSG_VERDICT_BATCH = NFQNL_MSG_PACKET | 3

export const packetAttribute = {
  header: 1,
  mark: 3,
  timestamp: 4,
  inDevice: 5,
  outDevice: 6,
  payload: 10,
  originalLength: 13,
} as const

/** `struct nfqnl_msg_verdict_hdr`: verdict u32, packet u32; both in network byte order. */
export const NFQA_VERDICT_HDR = 2

export const configAttribute = { command: 1, parameters: 2, maxLength: 3, mask: 4, flags: 5 } as const
export const command = { bind: 1, unbindFamily: 4 } as const
export const NFQNL_COPY_PACKET = 2
export const NFQA_CFG_F_FAIL_OPEN = 1
export const NFQA_CFG_F_GSO = 4

/** `struct nfgenmsg`: address family u8, version u8 (0), the queue u16 in network byte order. */
export const queueHeaderBytes = 4
