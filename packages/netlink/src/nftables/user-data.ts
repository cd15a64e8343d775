/**
 * What nft(8) keeps with objects for itself: comments, and how to show keys. A list of type u8, length u8, value.
 * Source: libnftnl, include/libnftnl/udata.h.
 */

export interface UserDatum {
  readonly type: number
  readonly value: Uint8Array
}

/** Rules, chains, tables and elements. */
export const commentType = 0
/** Sets. */
export const setKeyOrderType = 0
export const setDataOrderType = 1
export const setCommentType = 7

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const longestComment = 127

export function encodeUserData(data: readonly UserDatum[]): Uint8Array {
  return Uint8Array.from(data.flatMap(({ type, value }) => [type, value.length, ...value]))
}

/** The entries up to one that is cut off: what another program wrote is not checked by the kernel. */
export function decodeUserData(bytes: Uint8Array): UserDatum[] {
  const data: UserDatum[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const [type = 0, length = 0] = bytes.subarray(at, at + 2)
    if (at + 2 + length > bytes.length) break
    data.push({ type, value: bytes.subarray(at + 2, at + 2 + length) })
    at += 2 + length
  }
  return data
}

/** @throws RangeError beyond 127 bytes of UTF-8 */
export function commentDatum(type: number, comment: string): UserDatum {
  const value = encoder.encode(`${comment}\0`)
  if (value.length > longestComment + 1)
    throw new RangeError(`a comment has at most ${longestComment} bytes: ${JSON.stringify(comment)}`)
  return { type, value }
}

/** The shortest way for the many elements that have one. */
export function encodeComment(comment: string): Uint8Array {
  return encodeUserData([commentDatum(commentType, comment)])
}

export function commentIn(bytes: Uint8Array | undefined, type = commentType): string | undefined {
  if (bytes === undefined) return undefined
  const value = decodeUserData(bytes).find((datum) => datum.type === type)?.value
  if (value === undefined) return undefined
  const zero = value.indexOf(0)
  return decoder.decode(zero < 0 ? value : value.subarray(0, zero))
}
