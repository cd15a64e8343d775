/** The chains of host endpoints: whose they are, and how they end. Source: spec/dataplane.md 1.10 and 2.2, spec/api.md I12 to I16. */
import { parseIp } from '@margay/netset'
import { readCalicoRule } from './calico-rule.ts'
import { inNet, portProtocols, type ReferenceHost } from './cluster.ts'
import type { Crossing } from './packet.ts'
import { askTiers, readPolicies } from './reference-verdict.ts'
import { type ReferenceSettings, readSettings } from './settings.ts'

export interface ReferenceInterface {
  readonly name: string
  readonly addresses: readonly string[]
}

/** On a node: the host endpoint of this very interface, and the one for all. */
export function hostsAt(
  hosts: readonly ReferenceHost[],
  node: string,
  it: ReferenceInterface,
): { readonly own: ReferenceHost | undefined; readonly star: ReferenceHost | undefined } {
  const here = hosts
    .filter(({ resource }) => resource.spec?.node === node)
    .toSorted((a, b) => (a.resource.metadata.name < b.resource.metadata.name ? -1 : 1))
  const addresses = it.addresses.map(parseIp).filter((ip) => ip !== undefined)
  const isOwn = (host: ReferenceHost) => {
    const name = host.resource.spec?.interfaceName ?? ''
    return name === '' ? addresses.some(host.holds) : name === it.name
  }
  return { own: here.find(isOwn), star: here.find(({ resource }) => resource.spec?.interfaceName === '*') }
}

type Direction = 'Ingress' | 'Egress'
/** Saved: by a failsafe port, which ends the hook and leaves no mark. Leave: neither. */
export type ChainEnd = 'Accept' | 'Saved' | 'Drop' | 'Leave'

/** Before connection tracking (raw) and before destination NAT (mangle): failsafes, tiers without an end, nothing after. */
export function earlyChain(
  host: ReferenceHost,
  list: 'untracked' | 'preDNAT',
  direction: Direction,
  crossing: Crossing,
  node: string,
): ChainEnd {
  const policies = selecting(host, crossing).filter((it) => it.list === list)
  if (isSaved(readSettings(crossing.cluster.resources, node), direction, crossing, list === 'untracked'))
    return 'Saved'
  return endOf(askTiers(policies, direction, crossing, 'none'))
}

/** To and from the node: failsafes, tiers, profiles, and then nothing passes. */
export function normalChain(
  host: ReferenceHost,
  direction: Direction,
  crossing: Crossing,
  node: string,
): ChainEnd {
  const policies = selecting(host, crossing).filter((it) => it.list === 'normal')
  if (isSaved(readSettings(crossing.cluster.resources, node), direction, crossing, false)) return 'Saved'
  const action = askTiers(policies, direction, crossing)
  if (action !== 'Pass') return endOf(action)
  return areProfilesOpen(host, direction, crossing) ? 'Accept' : 'Drop'
}

/** Through the node: no failsafes and no profiles; open until a policy is about it, in whatever direction. */
export function forwardChain(host: ReferenceHost, direction: Direction, crossing: Crossing): ChainEnd {
  const policies = selecting(host, crossing).filter((it) => it.list === 'normal' && it.forward)
  if (policies.length === 0) return 'Accept'
  return endOf(askTiers(policies, direction, crossing))
}

function selecting(host: ReferenceHost, { cluster }: Crossing) {
  return readPolicies(cluster.resources).filter((policy) => policy.selects(host))
}

function endOf(action: 'Allow' | 'Deny' | 'Pass'): ChainEnd {
  return action === 'Allow' ? 'Accept' : action === 'Deny' ? 'Drop' : 'Leave'
}

function isSaved(
  { failsafeInboundHostPorts, failsafeOutboundHostPorts }: ReferenceSettings,
  direction: Direction,
  { packet, source, destination }: Crossing,
  isRaw: boolean,
): boolean {
  const peer = direction === 'Ingress' ? source.ip : destination.ip
  const lists = [failsafeInboundHostPorts, failsafeOutboundHostPorts]
  const [requests = [], replies = []] = direction === 'Ingress' ? lists : lists.toReversed()
  const isListed = (list: typeof requests, port: number | undefined) =>
    list.some(
      (it) =>
        portProtocols[it.protocol ?? 'TCP'] === packet.protocol &&
        port !== undefined &&
        (it.port === port || it.port === 0) &&
        (it.net === undefined || it.net === '' || inNet(it.net, peer)),
    )
  return isListed(requests, packet.destinationPort) || (isRaw && isListed(replies, packet.sourcePort))
}

/** The first rule of the first profile that has one for this packet. A profile that nobody made shuts. */
function areProfilesOpen(host: ReferenceHost, direction: Direction, crossing: Crossing): boolean {
  const { resources } = crossing.cluster
  for (const name of host.resource.spec?.profiles ?? []) {
    if (name === 'projectcalico-default-allow') return true
    const isThere = (kind: string, name: string | undefined, namespace?: string) =>
      resources.some(
        (it) => it.kind === kind && it.metadata.name === name && it.metadata.namespace === namespace,
      )
    const [, kind, ...rest] = /^(kns|ksa)\.([^.]+)(?:\.(.+))?$/.exec(name) ?? []
    if (kind === 'kns' && isThere('Namespace', rest[0])) return true
    if (kind === 'ksa' && isThere('ServiceAccount', rest[1], rest[0])) continue
    const profile = resources.filter((it) => it.kind === 'Profile').find((it) => it.metadata.name === name)
    if (profile === undefined) return false
    const list = direction === 'Ingress' ? 'ingress' : 'egress'
    const decisive = (profile.spec?.[list] ?? [])
      .map((rule) => readCalicoRule(rule, '', list))
      .find(({ action, matches }) => action !== 'Log' && matches(crossing))
    if (decisive !== undefined) return decisive.action === 'Allow'
  }
  return false
}
