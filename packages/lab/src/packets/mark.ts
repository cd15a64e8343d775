/**
 * The mark by which a probe's packet is known again on arrival: 16 bytes somewhere in its payload.
 *
 * It starts with four zero bytes, so that as the start of an unknown protocol's payload it is also a harmless header
 * (a GRE header of version 0, for instance, which conntrack takes).
 */
const signature = Buffer.from([0, 0, 0, 0, 0x4d, 0x61, 0x72, 0x67])
export const markLength = 16

/** Tells the probes of one process from those of another that probes the same lab: 32 random bits. */
export function encodeMark(run: number, sequence: number): Buffer {
  const bytes = Buffer.alloc(markLength)
  signature.copy(bytes)
  bytes.writeUInt32BE(run, 8)
  bytes.writeUInt32BE(sequence, 12)
  return bytes
}

/** Sequence number of the first mark of this run in `bytes`; undefined when there is none. */
export function findMark(bytes: Buffer, run: number): number | undefined {
  const at = bytes.indexOf(signature)
  if (at < 0 || at + markLength > bytes.length || bytes.readUInt32BE(at + 8) !== run) return undefined
  return bytes.readUInt32BE(at + 12)
}
