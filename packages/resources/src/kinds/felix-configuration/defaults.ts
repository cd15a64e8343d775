/** What holds where no FelixConfiguration says otherwise. Source: spec/api.md 1.8, spec/dataplane.md 1.2, 2.1, 3, 6.1 and 7.2. */
import type { FailsafePort, FelixSettings } from './schema.ts'

/** What says nothing of these settings leaves them to the IP pools. */
export type PoolSetting = 'ipipEnabled' | 'vxlanEnabled'

/** The name of the object that is for all nodes. */
export const clusterConfigurationName = 'default'

const protocolPort = (protocol: 'TCP' | 'UDP', port: number): FailsafePort => ({ protocol, port })
const tcp = (port: number) => protocolPort('TCP', port)
const udp = (port: number) => protocolPort('UDP', port)

/** BGP, etcd, Typha and the API server: without them a node that shuts itself out can't be told better. */
const controlPlane = [179, 2379, 2380, 5473, 6443, 6666, 6667].map(tcp)

export const defaultFelixSettings = {
  defaultEndpointToHostAction: 'Drop',
  iptablesFilterAllowAction: 'Accept',
  iptablesMangleAllowAction: 'Accept',
  iptablesFilterDenyAction: 'Drop',
  nftablesFilterAllowAction: 'Accept',
  nftablesMangleAllowAction: 'Accept',
  nftablesFilterDenyAction: 'Drop',
  nftablesMode: 'Auto',
  chainInsertMode: 'insert',
  workloadSourceSpoofing: 'Disabled',
  ipForwarding: 'Enabled',
  removeExternalRoutes: true,
  interfacePrefix: 'cali',
  ipv6Support: true,
  allowVXLANPacketsFromWorkloads: false,
  allowIPIPPacketsFromWorkloads: false,
  vxlanPort: 4789,
  xdpEnabled: true,
  disableConntrackInvalidCheck: false,
  policySyncPathPrefix: '',
  failsafeInboundHostPorts: [tcp(22), udp(68), ...controlPlane],
  failsafeOutboundHostPorts: [udp(53), udp(67), ...controlPlane],
  kubeNodePortRanges: ['30000:32767'],
  nftablesMarkMask: 0xffff_0000,
  routeTableRanges: [{ min: 1, max: 250 }],
  logPrefix: 'calico-packet',
  logActionRateLimit: '',
  logActionRateLimitBurst: 5,
  logSeverityFile: 'Info',
  logSeverityScreen: 'Info',
  logSeveritySys: 'Info',
  logFilePath: '/var/log/calico/felix.log',
  logDebugFilenameRegex: '',
  bpfLogLevel: 'Off',
  bpfPolicyDebugEnabled: true,
  wireguardEnabled: false,
  wireguardEnabledV6: false,
  wireguardListeningPort: 51820,
  wireguardListeningPortV6: 51821,
  wireguardRoutingRulePriority: 99,
  wireguardInterfaceName: 'wireguard.cali',
  wireguardInterfaceNameV6: 'wg-v6.cali',
  wireguardMTU: 0,
  wireguardMTUV6: 0,
  wireguardHostEncryptionEnabled: false,
  wireguardKeepAlive: '0s',
  wireguardThreadingEnabled: false,
  prometheusWireGuardMetricsEnabled: true,
  prometheusMetricsEnabled: false,
  prometheusMetricsPort: 9091,
  prometheusMetricsHost: '',
  wireguardRequired: false,
  wireguardKeyRotationInterval: '0s',
  flowLogsFlushInterval: '300s',
  flowLogsGoldmaneServer: '',
  flowLogsLocalReporter: 'Disabled',
  flowLogsPolicyEvaluationMode: 'Continuous',
  flowLogsCollectorDebugTrace: false,
  dnsTrustedServers: ['k8s-service:kube-dns'],
  // Calico's is DelayDeniedPacket, which means the same here.
  dnsPolicyMode: 'DelayDNSResponse',
  dnsExtraTTL: '0s',
  dnsCacheFile: '/var/run/calico/felix-dns-cache.txt',
  dnsCacheSaveInterval: '60s',
  dnsCacheEpoch: 0,
  dnsPolicyNfqueueID: 100,
  dnsPolicyNfqueueSize: 100,
  dnsPacketsNfqueueID: 101,
  // Not the 100 that others have: with 2,000 answers a second that is what waits while policy is compiled.
  dnsPacketsNfqueueSize: 4096,
  dnsPacketsNfqueueMaxHoldDuration: '3s',
  dnsLogsFileEnabled: false,
  dnsLogsFlushInterval: '300s',
  dnsLogsFileAggregationKind: 1,
} as const satisfies Omit<Required<FelixSettings>, 'nodeSelector' | PoolSetting>
