/** HealthCheckRequest and HealthCheckResponse of grpc.health.v1. */
import { bytesTag, WireReader } from '../../codec/wire-reader.ts'
import { WireWriter } from '../../codec/wire-writer.ts'

/** ServingStatus. */
export const servingStatus = { Serving: 1, NotServing: 2, ServiceUnknown: 3 } as const
export type ServingStatus = (typeof servingStatus)[keyof typeof servingStatus]

/** The service that is asked for; empty is the server as a whole. @throws WireError */
export function decodeHealthRequest(bytes: Buffer): string {
  const reader = new WireReader(bytes)
  let service = ''
  for (let tag = reader.tag(bytes.length); tag !== 0; tag = reader.tag(bytes.length)) {
    if (tag === bytesTag(1)) service = reader.text(bytes.length)
    else reader.skip(bytes.length)
  }
  return service
}

export function encodeHealthResponse(value: ServingStatus): Buffer {
  return new WireWriter().uint(1, value).finish()
}
