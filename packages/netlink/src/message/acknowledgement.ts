/** `struct nlmsgerr`: what the kernel thought of a request. Source: include/uapi/linux/netlink.h. */
import { errnoName } from '../syscalls/errno.ts'
import {
  align,
  messageHeaderBytes,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSGERR_ATTR_MSG,
  NLMSGERR_ATTR_OFFS,
} from './constants.ts'
import type { NetlinkMessage } from './messages.ts'

export interface Refusal {
  /** Of the message that was refused. */
  readonly sequence: number
  /** For example `ENOENT`. */
  readonly errno: string
  /** The kernel's own words. */
  readonly message: string | undefined
  /** Where in the refused message the attribute begins that it did not like. */
  readonly offset: number | undefined
}

/** Undefined when the request was granted. For messages of type NLMSG_ERROR. @throws NetlinkDecodeError */
export function readRefusal({ payload, flags }: NetlinkMessage): Refusal | undefined {
  const code = payload.i32()
  if (code === 0) return undefined
  // The refused message's own header stands behind the code.
  const sequence = payload.u32(4 + 8)
  const refused = { sequence, errno: errnoName(-code), message: undefined, offset: undefined }
  if ((flags & NLM_F_ACK_TLVS) === 0) return refused
  const repeated = (flags & NLM_F_CAPPED) === 0 ? payload.u32(4) : messageHeaderBytes
  const details = payload.after(4 + align(repeated)).attributes()
  return {
    ...refused,
    message: details.find(NLMSGERR_ATTR_MSG)?.string(),
    offset: details.find(NLMSGERR_ATTR_OFFS)?.u32(),
  }
}
