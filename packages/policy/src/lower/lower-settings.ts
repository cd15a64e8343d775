/** From FelixConfigurations, and what else there is for all nodes, to the settings of one node. Source: spec/api.md 1.8. */
import { type Cidr, parseCidrOrIp } from '@margay/netset'
import {
  clusterConfigurationName,
  defaultFelixSettings,
  type FailsafePort as FailsafePortSpec,
  type FelixConfiguration,
  type FelixSettings,
  matchesSelector,
  type Node,
  type PoolSetting,
  parseSelector,
} from '@margay/resources'
import type { FailsafePort, LogRateLimit, MetricsSettings, NodeSettings } from '../model/node-settings.ts'
import { protocolNumber } from '../model/protocol.ts'
import { lowerDns } from './lower-dns.ts'
import { lowerEncryption } from './lower-encryption.ts'
import { lowerTunnels, type PoolTunnels } from './lower-tunnels.ts'

/** What counts for all nodes, besides configurations. */
export interface ClusterSettings {
  readonly tunnels: PoolTunnels
  /** Addresses whose packets are not encrypted. */
  readonly exempt: readonly Cidr[]
  /** What the operator is told. */
  readonly installation: Pick<FelixSettings, 'wireguardEnabled'>
}

/**
 * Each setting comes from `node.NAME`, else from the oldest configuration whose node selector matches, else from `default`,
 * else from the operator's Installation, else it has its default value.
 */
export function lowerSettings(
  node: string,
  configurations: readonly FelixConfiguration[],
  nodes: readonly Node[],
  cluster: ClusterSettings,
): NodeSettings {
  const named = (name: string) => configurations.find(({ metadata }) => metadata.name === name)
  const labels = nodes.find(({ metadata }) => metadata.name === node)?.metadata.labels ?? {}
  const selected = selectedBy(labels, configurations)
  const specs = [named(clusterConfigurationName), selected, named(`node.${node}`)].map((it) => it?.spec ?? {})
  const all = { ...defaultFelixSettings, ...cluster.installation }
  return fromSettings(Object.assign(all, ...specs.map(withoutBlanks)), cluster)
}

type Settings = typeof defaultFelixSettings extends infer Defaults
  ? { [K in keyof Defaults]: K extends keyof FelixSettings ? NonNullable<FelixSettings[K]> : never }
  : never

type AllSettings = Settings & Pick<FelixSettings, PoolSetting>

function fromSettings(spec: AllSettings, { tunnels, exempt }: ClusterSettings): NodeSettings {
  const encryption = lowerEncryption(spec, exempt)
  return {
    interfacePrefixes: prefixesOf(spec.interfacePrefix),
    ipv6Support: spec.ipv6Support,
    defaultEndpointToHostAction: spec.defaultEndpointToHostAction,
    filterAllowAction: spec.nftablesFilterAllowAction,
    mangleAllowAction: spec.nftablesMangleAllowAction,
    denyAction: spec.nftablesFilterDenyAction,
    chainInsertMode: spec.chainInsertMode,
    failsafeInbound: failsafes(spec.failsafeInboundHostPorts),
    failsafeOutbound: failsafes(spec.failsafeOutboundHostPorts),
    allowVxlanFromWorkloads: spec.allowVXLANPacketsFromWorkloads,
    allowIpipFromWorkloads: spec.allowIPIPPacketsFromWorkloads,
    vxlanPort: spec.vxlanPort,
    tunnels: lowerTunnels(spec, tunnels, encryption),
    encryption,
    dns: lowerDns(spec),
    workloadSourceSpoofing: spec.workloadSourceSpoofing,
    forwards: spec.ipForwarding === 'Enabled',
    removesExternalRoutes: spec.removeExternalRoutes,
    dropsEarly: spec.xdpEnabled,
    disableConntrackInvalidCheck: spec.disableConntrackInvalidCheck,
    logPrefix: spec.logPrefix,
    logRateLimit: rateLimit(spec.logActionRateLimit, spec.logActionRateLimitBurst),
    metrics: metricsIn(spec),
  }
}

/** `default` and those for one node have no selector. */
function selectedBy(
  labels: Readonly<Record<string, string>>,
  configurations: readonly FelixConfiguration[],
): FelixConfiguration | undefined {
  return configurations
    .filter(({ metadata: { name } }) => name !== clusterConfigurationName && !name.startsWith('node.'))
    .filter((configuration) => isSelected(configuration, labels))
    .sort(byAge)[0]
}

/** One that is for selected nodes, and selects none in words that can be understood, is for none. */
function isSelected({ spec }: FelixConfiguration, labels: Readonly<Record<string, string>>): boolean {
  if (spec?.nodeSelector === undefined || spec.nodeSelector === '') return false
  try {
    return matchesSelector(parseSelector(spec.nodeSelector), (name) => labels[name])
  } catch {
    return false
  }
}

/** One that no server has stored has no age, and comes last; then by name. */
function byAge({ metadata: a }: FelixConfiguration, { metadata: b }: FelixConfiguration): number {
  const [one, other] = [a, b].map((it) => `${it.creationTimestamp ?? '~'} ${it.name}`) as [string, string]
  return one < other ? -1 : one > other ? 1 : 0
}

/** An empty text is as if absent, for words and the interface prefix: none of them may be empty. */
function withoutBlanks(spec: FelixSettings): FelixSettings {
  return Object.fromEntries(
    Object.entries(spec).filter(([name, value]) => {
      return value !== undefined && (value !== '' || name === 'logActionRateLimit')
    }),
  )
}

function prefixesOf(text: string): string[] {
  const prefixes = text
    .split(',')
    .map((prefix) => prefix.trim())
    .filter((prefix) => prefix !== '')
  return prefixes.length === 0 ? [defaultFelixSettings.interfacePrefix] : prefixes
}

/** An entry whose net can't be read is left out: it must not open its port to everybody. */
function failsafes(specs: readonly FailsafePortSpec[]): FailsafePort[] {
  return specs.flatMap(({ protocol = 'TCP', port, net = '' }) => {
    const cidr = net === '' ? undefined : parseCidrOrIp(net)
    if (net !== '' && cidr === undefined) return []
    return [{ protocol: protocolNumber(protocol) ?? 6, port, net: cidr }]
  })
}

function metricsIn(spec: AllSettings): MetricsSettings | undefined {
  if (!spec.prometheusMetricsEnabled) return undefined
  const { prometheusMetricsHost: host, prometheusMetricsPort: port } = spec
  return { host: host === '' ? undefined : host, port, wireguard: spec.prometheusWireGuardMetricsEnabled }
}

/** `100/second`; the empty text means no limit. */
function rateLimit(text: string, burst: number): LogRateLimit | undefined {
  const [, lines, unit] = /^(\d+)\/(second|minute|hour|day)$/i.exec(text.trim()) ?? []
  if (lines === undefined || unit === undefined) return undefined
  return { lines: Number(lines), per: unit.toLowerCase() as LogRateLimit['per'], burst }
}
