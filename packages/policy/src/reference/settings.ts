/** FelixConfiguration for one node, setting by setting, and what the operator is told. Source: spec/api.md 1.8. */
import type { FailsafePort, FelixConfiguration, FelixSettings, Resource } from '@margay/resources'
import { matchesText } from './labels.ts'

export type ReferenceSettings = FelixSettings & {
  readonly failsafeInboundHostPorts: readonly FailsafePort[]
  readonly failsafeOutboundHostPorts: readonly FailsafePort[]
}

const everywhere = [179, 2379, 2380, 5473, 6443, 6666, 6667].map((port) => `TCP ${port}`)
const inbound = ['TCP 22', 'UDP 68', ...everywhere].map(readFailsafe)
const outbound = ['UDP 53', 'UDP 67', ...everywhere].map(readFailsafe)

function readFailsafe(text: string): FailsafePort {
  const [protocol, port] = text.split(' ')
  return { protocol: protocol === 'UDP' ? 'UDP' : 'TCP', port: Number(port) }
}

/** The later of these wins. */
export function readSettings(resources: readonly Resource[], node: string | undefined): ReferenceSettings {
  const configurations = resources.filter((it) => it.kind === 'FelixConfiguration')
  const isNamed = (wanted: string) => (it: FelixConfiguration) => it.metadata.name === wanted
  const labels =
    resources.find((it) => it.kind === 'Node' && it.metadata.name === node)?.metadata.labels ?? {}
  const matching = configurations.filter(({ spec }) => {
    return spec?.nodeSelector !== undefined && matchesText(spec.nodeSelector, (label) => labels[label])
  })
  const age = ({ metadata }: FelixConfiguration) => `${metadata.creationTimestamp ?? '9'} ${metadata.name}`
  const isEncrypted = resources.some(
    (it) =>
      it.kind === 'Installation' &&
      it.metadata.name === 'default' &&
      it.spec?.calicoNetwork?.wireguard === 'Enabled',
  )
  const [oldest] = matching.toSorted((a, b) => (age(a) < age(b) ? -1 : 1))
  return {
    failsafeInboundHostPorts: inbound,
    failsafeOutboundHostPorts: outbound,
    wireguardEnabled: isEncrypted,
    ...configurations.find(isNamed('default'))?.spec,
    ...oldest?.spec,
    ...configurations.find(isNamed(`node.${node}`))?.spec,
  }
}
