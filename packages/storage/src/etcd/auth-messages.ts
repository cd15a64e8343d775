/**
 * The messages of etcd's Auth service, as far as the driver needs them.
 *
 * Source  etcd's rpc.proto (API version 3.4); the numbers are theirs.
 */
import type { EtcdLogin } from './session.ts'
import { asText, message, readFields, textField } from './wire.ts'

export function encodeAuthenticate({ user, password }: EtcdLogin): Uint8Array {
  return message(textField(1, user), textField(2, password))
}

/** The token. */
export function decodeAuthenticate(data: Uint8Array): string {
  for (const field of readFields(data)) if (field.number === 2) return asText(field)
  return ''
}
