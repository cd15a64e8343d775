/** Changes of a tunnel in words. Pure. */
import type { Link, Route, RouteSpec, RoutingRule, RuleSpec, WireguardDevice } from '@margay/netlink'
import { type KnownPeer, peerChanges } from '../encryption/peer-changes.ts'
import { desiredAddress } from '../encryption/routing-plan.ts'
import type { DesiredTunnel } from '../encryption/tunnel-model.ts'
import { mtuOf } from '../encryption/tunnel-mtu.ts'

/** Changes of one sort; a node of a large cluster has thousands of them. */
export interface Counted {
  readonly verb: 'add' | 'change' | 'delete' | 'remove'
  readonly what: 'device' | 'address' | 'peer' | 'rule' | 'route'
  readonly names: readonly string[]
}

export interface DeviceThere {
  readonly link: Link | undefined
  readonly device: WireguardDevice | undefined
  readonly addresses: readonly string[]
}

export function deviceLines(
  desired: DesiredTunnel,
  { link, device, addresses }: DeviceThere,
  mtuAt: (address: string) => number | undefined,
): Counted[] {
  const { device: wanted, mark } = desired
  const mtu = mtuOf(desired, mtuAt)
  const address = desiredAddress(desired)
  const settings = [
    ...differing('UDP port', device?.listenPort, wanted.listenPort),
    ...differing('mark', device?.fwmark, mark, hex),
    ...differing('MTU', link?.mtu, mtu),
    ...(link === undefined || link.isUp ? [] : ['up']),
  ]
  const name = `${wanted.interfaceName} (${settings.join(', ')})`
  return [
    { verb: 'add', what: 'device', names: link === undefined ? [name] : [] },
    { verb: 'change', what: 'device', names: link === undefined || settings.length === 0 ? [] : [name] },
    { verb: 'delete', what: 'address', names: addresses.filter((it) => it !== address) },
    {
      verb: 'add',
      what: 'address',
      names: address === undefined || addresses.includes(address) ? [] : [address],
    },
  ]
}

function differing(
  name: string,
  there: number | undefined,
  wanted: number,
  format: (number: number) => string = String,
): string[] {
  if (there === undefined) return [`${name} ${format(wanted)}`]
  return there === wanted ? [] : [`${name} ${format(wanted)} instead of ${format(there)}`]
}

function hex(number: number): string {
  return `0x${number.toString(16)}`
}

/** Nodes where there is one, else public keys. */
export function peerLines(
  { peers, keepaliveSeconds }: DesiredTunnel,
  device: WireguardDevice | undefined,
): Counted[] {
  const known = new Map((device?.peers ?? []).map((peer) => [peer.publicKey, peer as KnownPeer]))
  const changes = peerChanges(known, peers.values(), { keepaliveSeconds, greets: false })
  const nodes = new Map([...peers.values()].map(({ publicKey, node }) => [publicKey, node]))
  const namesOf = (isMeant: (publicKey: string) => boolean) =>
    [...new Set(changes.map(({ publicKey }) => publicKey))]
      .filter(isMeant)
      .map((publicKey) => nodes.get(publicKey) ?? `with key ${publicKey}`)
  return [
    { verb: 'add', what: 'peer', names: namesOf((key) => nodes.has(key) && !known.has(key)) },
    { verb: 'change', what: 'peer', names: namesOf((key) => nodes.has(key) && known.has(key)) },
    { verb: 'remove', what: 'peer', names: namesOf((key) => !nodes.has(key)) },
  ]
}

type AnyRule = RuleSpec | RoutingRule

/** Much as ip-rule(8) has it. */
export function ruleOf({
  priority,
  family,
  action,
  table,
  target,
  mark,
  isInverted,
  source,
  inputInterface,
}: AnyRule): string {
  const selectors = [
    ...(isInverted === true ? ['not'] : []),
    ...(source === undefined ? [] : [`from ${source}`]),
    ...(inputInterface === undefined ? [] : [`iif ${inputInterface}`]),
    ...(mark === undefined ? [] : [`fwmark ${hex(mark.value)}/${hex(mark.mask)}`]),
  ]
  const then = action === 'Goto' ? `goto ${target}` : action === 'Table' ? `lookup ${table}` : 'nop'
  return [`${priority} of IPv${family}:`, ...selectors, then].join(' ')
}

/** Much as ip-route(8) has it. */
export function routeOf(
  { destination, type = 'Unicast', table, metric }: RouteSpec | Route,
  device: string,
): string {
  const way = type === 'Unicast' ? `${destination} dev ${device}` : `${type.toLowerCase()} ${destination}`
  return `${way} table ${table} metric ${metric}`
}
