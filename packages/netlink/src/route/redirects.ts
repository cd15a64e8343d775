/**
 * Filters at a link's entrance that send everything to another link, as messages. The classifier is u32 with one key that
 * everything matches: kernels without modules have it more often than `matchall`.
 * Source: include/uapi/linux/{pkt_cls,tc_act/tc_mirred}.h.
 */
import type { Span } from '../message/attributes.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import * as tc from './constants.ts'
import { trafficHeader } from './qdiscs.ts'

const headerBytes = 20
/** `struct tc_u32_sel` with one `struct tc_u32_key` of mask 0. */
const selectorBytes = 16 + 16
/** `struct tc_mirred`: index, capabilities, action, two counts, the redirection's kind, the link. */
const redirectBytes = 28
/** The first action of a list. */
const firstAction = 1

export function writeRedirect(writer: MessageWriter, from: number, to: number): void {
  // Priority in the upper half, the protocol in network byte order in the lower one.
  const info = (1 << 16) | (tc.ETH_P_ALL << 8)
  writer.raw(trafficHeader({ index: from, parent: tc.ingressHandle, info }))
  writer.string(tc.TCA_KIND, 'u32')
  writer.nested(tc.TCA_OPTIONS, () => {
    writer.attribute(tc.TCA_U32_SEL, selectEverything())
    writer.nested(tc.TCA_U32_ACT, () =>
      writer.nested(firstAction, () => {
        writer.string(tc.TCA_ACT_KIND, 'mirred')
        writer.nested(tc.TCA_ACT_OPTIONS, () => writer.attribute(tc.TCA_MIRRED_PARMS, redirectTo(to)))
      }),
    )
  })
}

function selectEverything(): Uint8Array {
  const bytes = new Uint8Array(selectorBytes)
  bytes[0] = tc.TC_U32_TERMINAL
  bytes[2] = 1
  return bytes
}

function redirectTo(index: number): Uint8Array {
  const bytes = new Uint8Array(redirectBytes)
  const view = new DataView(bytes.buffer)
  view.setInt32(8, tc.TC_ACT_STOLEN, true)
  view.setInt32(20, tc.TCA_EGRESS_REDIR, true)
  view.setUint32(24, index, true)
  return bytes
}

/** The index of the link to which a filter sends what it matches; undefined for filters that do something else. */
export function decodeRedirect(payload: Span): number | undefined {
  const attributes = payload.after(headerBytes).attributes()
  const options = attributes.find(tc.TCA_OPTIONS)?.attributes()
  const action = options?.find(tc.TCA_U32_ACT)?.attributes().find(firstAction)?.attributes()
  if (action?.find(tc.TCA_ACT_KIND)?.string() !== 'mirred') return undefined
  return action.find(tc.TCA_ACT_OPTIONS)?.attributes().find(tc.TCA_MIRRED_PARMS)?.u32(24)
}
