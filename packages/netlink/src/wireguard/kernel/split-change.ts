/**
 * A change as messages of a bounded size. What begins a peer (its endpoint, what it replaces) is in the first message that
 * names it; later ones only add allowed IPs to it.
 */

import type { IpPrefix } from '../../route/ip-bytes.ts'
import {
  canonicalPrefix,
  checkKeepalive,
  checkMark,
  checkPort,
  type EndpointBytes,
  endpointBytes,
} from '../checks.ts'
import { decodeKey } from '../keys.ts'
import type { WireguardChange, WireguardPeerChange } from '../model.ts'
import { WGPEER_F_REMOVE_ME, WGPEER_F_REPLACE_ALLOWEDIPS, WGPEER_F_UPDATE_ONLY } from './constants.ts'

/** One message. */
export interface ChangePart {
  readonly privateKey: Uint8Array | undefined
  readonly listenPort: number | undefined
  readonly fwmark: number | undefined
  readonly peers: readonly PeerPart[]
}

export interface PeerPart {
  readonly publicKey: Uint8Array
  /** WGPEER_F_* */
  readonly flags: number
  readonly endpoint: EndpointBytes | undefined
  readonly keepaliveSeconds: number | undefined
  readonly allowedIps: readonly IpPrefix[]
}

/** All attributes of the device and of headers, generously. */
const deviceBytes = 256
/** All attributes of a peer but for its allowed IPs, with headers: 36 + 8 + 32 + 8 + 2 * 4, and a reserve. */
const peerBytes = 104
/** Headers 4 * 4, family 4, address 16, length 4. */
const allowedIpBytes = 40
/** Room that is too small for a peer with at least one allowed IP is left. */
const leastBytes = peerBytes + allowedIpBytes

/** At least one part. @throws RangeError for what no device could take, without repeating keys */
export function splitChange(change: WireguardChange, maxBytes: number): ChangePart[] {
  const { privateKey, listenPort, fwmark, peers = [] } = change
  const device = {
    privateKey: privateKey?.revealBytes(),
    listenPort: listenPort === undefined ? undefined : checkPort(listenPort),
    fwmark: fwmark === undefined ? undefined : checkMark(fwmark),
  }
  const [first = [], ...more] = splitPeers(peers.map(wholePeer), maxBytes - deviceBytes)
  const unchanged = { privateKey: undefined, listenPort: undefined, fwmark: undefined }
  return [{ ...device, peers: first }, ...more.map((each) => ({ ...unchanged, peers: each }))]
}

function wholePeer(peer: WireguardPeerChange): PeerPart {
  const publicKey = decodeKey(peer.publicKey, 'the public key of a peer')
  if (peer.remove === true)
    return {
      publicKey,
      flags: WGPEER_F_REMOVE_ME,
      endpoint: undefined,
      keepaliveSeconds: undefined,
      allowedIps: [],
    }
  const { updateOnly, endpoint, keepaliveSeconds, replaceAllowedIps, allowedIps = [] } = peer
  return {
    publicKey,
    flags: (updateOnly ? WGPEER_F_UPDATE_ONLY : 0) | (replaceAllowedIps ? WGPEER_F_REPLACE_ALLOWEDIPS : 0),
    endpoint: endpoint === undefined ? undefined : endpointBytes(endpoint),
    keepaliveSeconds: keepaliveSeconds === undefined ? undefined : checkKeepalive(keepaliveSeconds),
    allowedIps: allowedIps.map(canonicalPrefix),
  }
}

function splitPeers(peers: readonly PeerPart[], maxBytes: number): PeerPart[][] {
  let part: PeerPart[] = []
  const parts = [part]
  let room = maxBytes
  const nextPart = () => {
    part = []
    parts.push(part)
    room = maxBytes
  }
  for (const peer of peers) {
    let rest: PeerPart | undefined = peer
    while (rest !== undefined) {
      if (room < leastBytes && part.length > 0) nextPart()
      const count = Math.max(1, Math.floor((room - peerBytes) / allowedIpBytes))
      const fitting: PeerPart = { ...rest, allowedIps: rest.allowedIps.slice(0, count) }
      part.push(fitting)
      room -= peerBytes + fitting.allowedIps.length * allowedIpBytes
      rest = restOf(rest, count)
    }
  }
  return parts
}

/** The allowed IPs that are left, for a peer that is there by then: if somebody took it away meanwhile it stays away. */
function restOf(peer: PeerPart, taken: number): PeerPart | undefined {
  if (peer.allowedIps.length <= taken) return undefined
  return {
    publicKey: peer.publicKey,
    flags: WGPEER_F_UPDATE_ONLY,
    endpoint: undefined,
    keepaliveSeconds: undefined,
    allowedIps: peer.allowedIps.slice(taken),
  }
}
