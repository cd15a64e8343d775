/**
 * What concerns policy, logging, WireGuard, flow logs and DNS. Source: spec/api.md 1.8, spec/dataplane.md 2.1, 6.1 and 7.2;
 * `wireguardRequired` and `wireguardKeyRotationInterval` are Margay's own.
 *
 * No defaults are filled in: what an object leaves out, it takes from the one for the cluster (see `defaults.ts`).
 * Calico has many more settings; they are kept as they are, so that its objects can be applied here.
 */
import { choice, intOrString, list, openObject, type Static, setOf, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { selectorField } from '../rule/schema.ts'
import { type WordOf, type WordSetting, wordSettings } from './words.ts'

const word = <Setting extends WordSetting>(setting: Setting, description: string) =>
  Type.Optional(
    Type.Unsafe<WordOf<Setting>>({
      type: 'string',
      description: `${description} ${wordSettings[setting].join(', ')}.`,
    }),
  )

const flag = (description: string) => Type.Optional(Type.Boolean({ description }))
const text = (description: string) => Type.Optional(Type.String({ description }))
const whole = (minimum: number, maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum, description }))
const duration = (description: string) => Type.Optional(Type.String({ description }))

const failsafePort = Type.Object({
  protocol: Type.Optional(choice(['TCP', 'UDP', 'SCTP'], { default: 'TCP', description: 'TCP by default.' })),
  port: Type.Integer({ minimum: 0, maximum: 65535, description: 'The number; 0 means all.' }),
  net: text('Only for these addresses; absent means all.'),
})
const failsafePorts = (description: string) => Type.Optional(list(failsafePort, { description }))

const maxUint32 = 2 ** 32 - 1
const routeTable = (description: string) => Type.Integer({ minimum: 1, maximum: maxUint32, description })
const routeTableRange = Type.Object({
  min: routeTable('The first table.'),
  max: routeTable('The last table.'),
})

const policySettings = {
  nodeSelector: selectorField('The nodes it is for, if its name says neither all nor one.'),
  defaultEndpointToHostAction: word(
    'defaultEndpointToHostAction',
    'For packets from a workload to its own host, after egress policy.',
  ),
  iptablesFilterAllowAction: word('iptablesFilterAllowAction', 'How policy allows.'),
  iptablesMangleAllowAction: word(
    'iptablesMangleAllowAction',
    'How policy before address translation allows.',
  ),
  iptablesFilterDenyAction: word('iptablesFilterDenyAction', 'How policy denies.'),
  nftablesFilterAllowAction: word('nftablesFilterAllowAction', 'How policy allows.'),
  nftablesMangleAllowAction: word(
    'nftablesMangleAllowAction',
    'How policy before address translation allows.',
  ),
  nftablesFilterDenyAction: word('nftablesFilterDenyAction', 'How policy denies.'),
  nftablesMode: word('nftablesMode', 'Whether nftables is used.'),
  chainInsertMode: word('chainInsertMode', 'Whether policy comes before or after the rules of others.'),
  workloadSourceSpoofing: word(
    'workloadSourceSpoofing',
    "Whether workloads may use others' source addresses.",
  ),
  ipForwarding: word('ipForwarding', 'Whether agents make their hosts forward packets.'),
  removeExternalRoutes: flag(
    'Whether routes to interfaces of workloads go that no agent made and nobody needs.',
  ),
  interfacePrefix: text('How interfaces of workloads begin; several with commas.'),
  ipv6Support: flag('Whether IPv6 is handled at all.'),
  allowVXLANPacketsFromWorkloads: flag('Whether workloads may send VXLAN packets.'),
  allowIPIPPacketsFromWorkloads: flag('Whether workloads may send IP in IP packets.'),
  vxlanPort: whole(1, 65535, 'The UDP port of VXLAN.'),
  ipipEnabled: flag('Whether nodes send each other IP in IP; absent: if a pool says so.'),
  vxlanEnabled: flag('Whether nodes send each other VXLAN over IPv4; absent: if a pool says so.'),
  xdpEnabled: flag('Whether what untracked policy denies is dropped as early as possible.'),
  disableConntrackInvalidCheck: flag('Whether packets that connection tracking calls invalid pass.'),
  policySyncPathPrefix: text('Where application-layer policy gets its rules; empty switches it off.'),
  failsafeInboundHostPorts: failsafePorts('To a host, always allowed; an empty list means none.'),
  failsafeOutboundHostPorts: failsafePorts('From a host, always allowed; an empty list means none.'),
  kubeNodePortRanges: Type.Optional(
    list(intOrString(), { maxItems: 7, description: 'Ports of services on nodes: numbers and ranges.' }),
  ),
  nftablesMarkMask: whole(0, maxUint32, 'Which bits of the marks of packets are for policy and encryption.'),
  routeTableRanges: Type.Optional(
    list(routeTableRange, { description: 'Which routing tables are for agents; 253 to 255 are never used.' }),
  ),
}

const logSettings = {
  logPrefix: text('Begins every line of a Log rule; %t tier, %k kind, %n name, %p namespace and name.'),
  logActionRateLimit: text('Of lines of Log rules, as 10/second.'),
  logActionRateLimitBurst: whole(0, 9999, 'Lines that may come at once.'),
  logSeverityFile: word('logSeverityFile', 'What is written to the file.'),
  logSeverityScreen: word('logSeverityScreen', 'What is written to standard output.'),
  logSeveritySys: word('logSeveritySys', 'What is sent to syslog.'),
  logFilePath: text('Where the file is; none switches it off.'),
  logDebugFilenameRegex: text('Only sources that match write debug lines.'),
  bpfLogLevel: word('bpfLogLevel', 'What BPF programs write.'),
  bpfPolicyDebugEnabled: flag('Whether BPF programs say which rules they hold.'),
}

const port = (description: string) => whole(1, 65535, description)

const wireguardSettings = {
  wireguardEnabled: flag('Whether packets between nodes are encrypted over IPv4.'),
  wireguardEnabledV6: flag('Whether packets between nodes are encrypted over IPv6.'),
  wireguardListeningPort: port('UDP, over IPv4.'),
  wireguardListeningPortV6: port('UDP, over IPv6.'),
  wireguardRoutingRulePriority: whole(1, 32765, 'Of the rule that sends packets to WireGuard.'),
  wireguardInterfaceName: text('For IPv4.'),
  wireguardInterfaceNameV6: text('For IPv6.'),
  wireguardMTU: whole(0, 65535, 'For IPv4; 0 means that it is found out.'),
  wireguardMTUV6: whole(0, 65535, 'For IPv6; 0 means that it is found out.'),
  wireguardHostEncryptionEnabled: flag('Whether packets of hosts are encrypted too.'),
  wireguardKeepAlive: duration('Between packets that keep a path open; 0s means none.'),
  wireguardThreadingEnabled: flag('Whether each peer is handled in a thread of its own.'),
  prometheusWireGuardMetricsEnabled: flag('Whether there are metrics of WireGuard.'),
  wireguardRequired: flag(
    "Packets of workloads between nodes that can't be encrypted are dropped; with wireguardHostEncryptionEnabled, those of nodes too, but for failsafe ports.",
  ),
  wireguardKeyRotationInterval: duration("How old a node's keys become; 0s means that they stay."),
}

const metricsSettings = {
  prometheusMetricsEnabled: flag('Whether agents serve metrics, as Prometheus reads them.'),
  prometheusMetricsPort: port('TCP, of metrics.'),
  prometheusMetricsHost: text('At which address metrics are served; empty means all.'),
}

const flowLogSettings = {
  flowLogsFlushInterval: duration('Between two reports.'),
  flowLogsGoldmaneServer: text('Who gets them; empty means nobody.'),
  flowLogsLocalReporter: word('flowLogsLocalReporter', 'Whether they are offered on the node.'),
  flowLogsPolicyEvaluationMode: word(
    'flowLogsPolicyEvaluationMode',
    'Whether pending policies are kept up to date.',
  ),
  flowLogsCollectorDebugTrace: flag('Whether the collector writes what it does.'),
}

const count = (description: string) => whole(0, 2 ** 31 - 1, description)
const queue = (description: string) => whole(0, 65535, description)

const dnsSettings = {
  dnsTrustedServers: Type.Optional(
    setOf(Type.String(), {
      description: 'Whose answers are believed: addresses, or services as k8s-service:kube-dns.',
    }),
  ),
  dnsPolicyMode: word('dnsPolicyMode', 'What is held back until policy knows the addresses of an answer.'),
  dnsExtraTTL: duration('For how long an address stays known beyond the life of its answer.'),
  dnsCacheFile: text('Where what was learnt is kept over a restart.'),
  dnsCacheSaveInterval: duration('Between two writes of that file.'),
  dnsCacheEpoch: count('A change makes everything that was learnt be forgotten.'),
  dnsPolicyNfqueueID: queue('Of the queue for packets that are held back.'),
  dnsPolicyNfqueueSize: count('How many packets are held back at once.'),
  dnsPacketsNfqueueID: queue('Of the queue for answers that are held back.'),
  dnsPacketsNfqueueSize: count('How many answers are held back at once.'),
  dnsPacketsNfqueueMaxHoldDuration: duration('For how long an answer is held back at most.'),
  dnsLogsFileEnabled: flag('Whether DNS is logged to files.'),
  dnsLogsFlushInterval: duration('Between two writes of those.'),
  dnsLogsFileAggregationKind: whole(0, 1, '0: each client by itself; 1: clients of one workload together.'),
}

export const felixConfigurationSchema = resourceSchema(
  'projectcalico.org/v3',
  'FelixConfiguration',
  {
    spec: Type.Optional(
      openObject(
        {
          ...policySettings,
          ...logSettings,
          ...wireguardSettings,
          ...metricsSettings,
          ...flowLogSettings,
          ...dnsSettings,
        },
        { default: {} },
      ),
    ),
  },
  'Settings of the agents: `default` for all nodes, `node.NAME` for one, others by a selector.',
)

export type FelixConfiguration = Static<typeof felixConfigurationSchema>
export type FelixSettings = NonNullable<FelixConfiguration['spec']>
export type FailsafePort = Static<typeof failsafePort>
export type RouteTableRange = Static<typeof routeTableRange>
