/** The names under which proxies call `Check`, old and new; the messages of all have the same numbers. */
import type { ServiceDefinition } from '@grpc/grpc-js'

export const authServiceNames = [
  'envoy.service.auth.v3.Authorization',
  'envoy.service.auth.v2.Authorization',
  'envoy.service.auth.v2alpha.Authorization',
] as const

const asIs = (bytes: Buffer): Buffer => bytes

/** Bytes in and out, so that it is ours to say what bytes that can't be read mean. */
export function authService(name: string): ServiceDefinition {
  return {
    Check: {
      path: `/${name}/Check`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  }
}
