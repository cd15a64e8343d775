/** The rules for tunnels between nodes, which stand in front of those for host endpoints. Source: spec/dataplane.md 1.7, 1.8. */
import { parseIp } from '@margay/netset'
import type { Resource } from '@margay/resources'
import type { Crossing } from './packet.ts'
import type { ReferenceSettings } from './settings.ts'

const defaultPorts = { vxlan: 4789, wireguard: 51820, wireguardV6: 51821 }

export interface TunnelQuestion {
  readonly resources: readonly Resource[]
  readonly settings: ReferenceSettings
  readonly crossing: Crossing
}

/** INPUT, rule by rule; undefined: none of them. */
export function tunnelInput(question: TunnelQuestion): 'Accept' | 'Drop' | undefined {
  const isFromNode = isNodes(question.resources, question.crossing.packet.source)
  if (isIpip(question) || isVxlan(question)) return isFromNode ? 'Accept' : 'Drop'
  return isWireguard(question) ? 'Accept' : undefined
}

export function tunnelOutput(question: TunnelQuestion): 'Accept' | undefined {
  const isToNode = isNodes(question.resources, question.crossing.packet.destination)
  if ((isIpip(question) || isVxlan(question)) && isToNode) return 'Accept'
  return isWireguard(question) ? 'Accept' : undefined
}

function isIpip({ resources, settings, crossing: { packet } }: TunnelQuestion): boolean {
  const isInUse =
    settings.ipipEnabled ?? poolsOf(resources).some(({ ipipMode = 'Never' }) => ipipMode !== 'Never')
  return isInUse && packet.ipVersion === 4 && packet.protocol === 4
}

function isVxlan({ resources, settings, crossing: { packet } }: TunnelQuestion): boolean {
  const pools = poolsOf(resources).filter(({ cidr }) => cidr.includes(':') === (packet.ipVersion === 6))
  const byPools = pools.some(({ vxlanMode = 'Never' }) => vxlanMode !== 'Never')
  const isInUse = packet.ipVersion === 4 ? (settings.vxlanEnabled ?? byPools) : byPools
  return (
    isInUse && packet.protocol === 17 && packet.destinationPort === (settings.vxlanPort ?? defaultPorts.vxlan)
  )
}

/** Two devices can't have one port: if both would, that for IPv6 gives way. */
function isWireguard({ settings, crossing: { packet } }: TunnelQuestion): boolean {
  const port4 = settings.wireguardListeningPort ?? defaultPorts.wireguard
  const port6 = settings.wireguardListeningPortV6 ?? defaultPorts.wireguardV6
  const areBoth = settings.wireguardEnabled === true && settings.wireguardEnabledV6 === true
  const free6 = port4 === defaultPorts.wireguardV6 ? defaultPorts.wireguard : defaultPorts.wireguardV6
  const [isInUse, port] =
    packet.ipVersion === 4
      ? [settings.wireguardEnabled, port4]
      : [settings.wireguardEnabledV6, areBoth && port4 === port6 ? free6 : port6]
  return isInUse === true && packet.protocol === 17 && packet.destinationPort === port
}

function poolsOf(resources: readonly Resource[]) {
  return resources.filter((it) => it.kind === 'IPPool').map(({ spec }) => spec)
}

function isNodes(resources: readonly Resource[], text: string | undefined): boolean {
  const ip = parseIp(text ?? '')
  const nodes = resources.filter((it) => it.kind === 'Node')
  const own = nodes.flatMap(({ status }) => status?.addresses ?? []).map(({ address }) => parseIp(address))
  return ip !== undefined && own.some((it) => it?.version === ip.version && it.value === ip.value)
}
