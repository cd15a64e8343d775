/** Bytes that are no protobuf message. No client can bring that about through a proxy. */
export class WireError extends Error {
  override readonly name = 'WireError'
}
