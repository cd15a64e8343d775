/**
 * Requests of the userspace protocol: lines of `key=value`, ended by an empty one. Keys are hexadecimal in lower case.
 *
 * Source: wireguard.com/xplatform, "Configuration Protocol".
 */

import { Span } from '../../message/attributes.ts'
import { decodeIp } from '../../route/ip-bytes.ts'
import {
  canonicalPrefix,
  checkKeepalive,
  checkMark,
  checkPort,
  endpointBytes,
  prefixText,
} from '../checks.ts'
import { decodeKey } from '../keys.ts'
import type { WireguardChange, WireguardEndpoint, WireguardPeerChange } from '../model.ts'

export const getRequest = 'get=1\n\n'

/** @throws RangeError for what no device could take, without repeating keys */
export function encodeSet({ privateKey, listenPort, fwmark, peers = [] }: WireguardChange): string {
  const lines = [
    'set=1',
    ...(privateKey === undefined ? [] : [`private_key=${hexOf(privateKey.revealBytes())}`]),
    ...(listenPort === undefined ? [] : [`listen_port=${checkPort(listenPort)}`]),
    ...(fwmark === undefined ? [] : [`fwmark=${checkMark(fwmark)}`]),
    ...peers.flatMap(peerLines),
  ]
  return `${lines.join('\n')}\n\n`
}

/** A peer that shall go, or shall only be changed, is not made first. */
function peerLines(peer: WireguardPeerChange): string[] {
  const key = `public_key=${hexOf(decodeKey(peer.publicKey, 'the public key of a peer'))}`
  if (peer.remove === true) return [key, 'update_only=true', 'remove=true']
  const { endpoint, keepaliveSeconds, allowedIps = [] } = peer
  return [
    key,
    ...(peer.updateOnly === true ? ['update_only=true'] : []),
    ...(endpoint === undefined ? [] : [`endpoint=${endpointText(endpoint)}`]),
    ...(keepaliveSeconds === undefined
      ? []
      : [`persistent_keepalive_interval=${checkKeepalive(keepaliveSeconds)}`]),
    ...(peer.replaceAllowedIps === true ? ['replace_allowed_ips=true'] : []),
    ...allowedIps.map((cidr) => `allowed_ip=${prefixText(canonicalPrefix(cidr))}`),
  ]
}

function endpointText(endpoint: WireguardEndpoint): string {
  const { address, port } = endpointBytes(endpoint)
  const text = decodeIp(Span.of(address))
  return address.length === 4 ? `${text}:${port}` : `[${text}]:${port}`
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
