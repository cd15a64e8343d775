/** Source: include/uapi/linux/netfilter/nf_tables.h and nfnetlink.h. Attributes of expressions stand with their codecs. */

export const NFNL_SUBSYS_NFTABLES = 10
export const NFNL_MSG_BATCH_BEGIN = 0x10
export const NFNL_MSG_BATCH_END = 0x11
export const NFNL_BATCH_GENID = 1
export const NFNLGRP_NFTABLES = 7

/** Types of messages, without the subsystem in the upper byte. */
export const message = {
  newTable: 0,
  getTable: 1,
  deleteTable: 2,
  newChain: 3,
  getChain: 4,
  deleteChain: 5,
  newRule: 6,
  getRule: 7,
  deleteRule: 8,
  newSet: 9,
  getSet: 10,
  deleteSet: 11,
  newElements: 12,
  getElements: 13,
  deleteElements: 14,
  newGeneration: 15,
  getGeneration: 16,
  newObject: 18,
  getObject: 19,
  deleteObject: 20,
  newFlowtable: 22,
  getFlowtable: 23,
  deleteFlowtable: 24,
} as const

export const tableAttribute = { name: 1, flags: 2 } as const
export const tableFlag = { dormant: 1 } as const
export const chainAttribute = { table: 1, name: 3, hook: 4, policy: 5, type: 7, userData: 12 } as const
export const hookAttribute = { number: 1, priority: 2, device: 3, devices: 4 } as const
export const deviceName = 1
export const ruleAttribute = { table: 1, chain: 2, handle: 3, expressions: 4, userData: 7 } as const
export const setAttribute = {
  table: 1,
  name: 2,
  flags: 3,
  keyType: 4,
  keyLength: 5,
  dataType: 6,
  dataLength: 7,
  description: 9,
  id: 10,
  timeout: 11,
  userData: 13,
} as const
export const setFlag = {
  anonymous: 0x1,
  interval: 0x4,
  map: 0x8,
  timeout: 0x10,
  dynamic: 0x20,
  object: 0x40,
  concatenation: 0x80,
} as const
export const setDescriptionAttribute = { size: 1, concatenation: 2 } as const
export const setFieldLength = 1
/** The data type of verdict maps. */
export const NFT_DATA_VERDICT = 0xffffff00

export const objectAttribute = { table: 1, name: 2, type: 3, data: 4, handle: 6 } as const
export const quotaAttribute = { bytes: 1, flags: 2, consumed: 4 } as const
export const helperAttribute = { name: 1, protocol: 3 } as const
export const flowtableAttribute = { table: 1, name: 2, hook: 3, handle: 5 } as const
export const flowtableHookAttribute = { priority: 2, devices: 3 } as const

export const elementListAttribute = { table: 1, set: 2, elements: 3 } as const
export const elementAttribute = { key: 1, data: 2, flags: 3, userData: 6, keyEnd: 10 } as const
export const elementFlag = { intervalEnd: 1, catchAll: 2 } as const

export const dataAttribute = { value: 1, verdict: 2 } as const
export const verdictAttribute = { code: 1, chain: 2 } as const
export const listElement = 1
export const expressionAttribute = { name: 1, data: 2 } as const
export const generationAttribute = { id: 1, processId: 2, processName: 3 } as const

/** `NFT_QUEUE_FLAG_BYPASS`, and xtables' `NFQ_FLAG_BYPASS`. */
export const QUEUE_FLAG_BYPASS = 1
/** Of xtables' target NFQUEUE: `struct xt_NFQ_info_v3`, in host byte order and padded to 8 bytes: number, how many in a row, flags; u16 each. */
export const queueTarget = { name: 'NFQUEUE', revision: 3, infoBytes: 8 } as const

/** The verdict's own register; the 32-bit registers come from 8 on. */
export const NFT_REG_VERDICT = 0
export const NFT_REG32_00 = 8
