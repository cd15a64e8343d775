/** `10.0.0.1:80` or `[fd00::1]:80`, as a proxy writes a peer. */
import { isIP } from 'node:net'
import type { SocketAddress } from '../../check/check.ts'
import { RefusedCheckError } from '../../codec/refused-check-error.ts'

/** @throws RefusedCheckError for anything else */
export function parseSocket(text: string): SocketAddress {
  const colon = text.lastIndexOf(':')
  const [host, port] = [text.slice(0, Math.max(0, colon)), text.slice(colon + 1)]
  const isBracketed = host.startsWith('[') && host.endsWith(']')
  const address = isBracketed ? host.slice(1, -1) : host
  if (isIP(address) !== (isBracketed ? 6 : 4) || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new RefusedCheckError('BadAddress')
  }
  return { protocol: 'TCP', address, port: Number(port) }
}
