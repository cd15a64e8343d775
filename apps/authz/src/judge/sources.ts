/** Who asks: by the identity that a proxy verified, and by the address that it saw. The identity counts more. */
import { formatIp, type Ip, parseIp } from '@margay/netset'
import type { Endpoint, FlowPeer } from '@margay/policy'
import type { Check } from '../check/check.ts'
import { accountOf } from './accounts.ts'
import { claimedIdentity, type IdentitySource } from './claimed-identity.ts'
import { Refusal } from './judgement.ts'
import { parseWorkloadIdentity } from './workload-identity.ts'
import type { World } from './world.ts'

export interface SourceOptions {
  readonly identityFrom: IdentitySource
  /** Whose identities count. */
  readonly trustDomains: ReadonlySet<string>
  /** What comes without an identity is denied. */
  readonly requiresIdentity: boolean
}

export interface Source {
  /** As it is logged. */
  readonly name: string
  readonly who: Who | Refusal
  /** The identity counts, and the pod at the address is not of its account. */
  readonly disagrees: boolean
}

export type Who =
  /** As the kernel sees it: a pod, or an address outside. */
  | { readonly kind: 'Peer'; readonly peer: FlowPeer }
  /** Any of these, so all of them: never nobody. */
  | { readonly kind: 'Account'; readonly account: string; readonly pods: ReadonlySet<Endpoint> }

export function sourceOf(check: Check, world: World, options: SourceOptions): Source {
  const claimed = claimedIdentity(check, options.identityFrom)
  const address = parseIp(check.source.socket?.address ?? '')
  return claimed === undefined
    ? byAddress(address, world, options)
    : byIdentity(claimed, address, world, options)
}

function byAddress(address: Ip | undefined, world: World, { requiresIdentity }: SourceOptions): Source {
  const peer = address === undefined ? undefined : world.state.peerAt(address)
  const name = peer?.endpoint?.key ?? (address === undefined ? '' : formatIp(address))
  const who = requiresIdentity ? new Refusal('IdentityRequired') : peerOr(peer)
  return { name, who, disagrees: false }
}

function peerOr(peer: FlowPeer | undefined): Who | Refusal {
  return peer === undefined ? new Refusal('UnknownSource') : { kind: 'Peer', peer }
}

function byIdentity(
  text: string,
  address: Ip | undefined,
  world: World,
  { trustDomains }: SourceOptions,
): Source {
  const identity = parseWorkloadIdentity(text)
  if (identity === undefined) return refused('', 'MalformedIdentity')
  if (!trustDomains.has(identity.trustDomain)) return refused(text, 'ForeignTrustDomain')
  const account = `${identity.namespace}/${identity.serviceAccount}`
  const agreeing = address === undefined ? undefined : podAt(address, account, world)
  if (agreeing !== undefined)
    return {
      name: agreeing.key,
      who: { kind: 'Peer', peer: { endpoint: agreeing, address } },
      disagrees: false,
    }
  const pods = world.accounts.of(account)
  const who = pods.size === 0 ? new Refusal('UnknownIdentity') : { kind: 'Account' as const, account, pods }
  return { name: `sa:${account}`, who, disagrees: address !== undefined }
}

/** What is no identity, or a stranger's, is anybody's text: it is not logged but where its form was looked at. */
function refused(name: string, reason: Refusal['reason']): Source {
  return { name, who: new Refusal(reason), disagrees: false }
}

function podAt(address: Ip, account: string, world: World): Endpoint | undefined {
  for (const pod of world.state.endpointsAt(address)) if (accountOf(pod) === account) return pod
  return undefined
}
