/** The protocols and ports of ClusterNetworkPolicy rules. Source: spec/api.md 5.5. */
import type { PortRange } from '@margay/netset'
import type { ClusterPolicyProtocol } from '../kinds/cluster-network-policy/schema.ts'
import type { IssueLog, ProtocolMatch } from './converted-policy.ts'
import { isPortNumber, matchNames, portTexts } from './kubernetes-ports.ts'

/** One match for each entry, in order, but for names that no port has. No entries mean all packets. Undefined if one can't be converted. */
export function convertProtocols(
  entries: readonly ClusterPolicyProtocol[] | undefined,
  path: string,
  log: IssueLog,
): ProtocolMatch[] | undefined {
  if (entries === undefined || entries.length === 0) return [{ ports: [] }]
  const converted = entries.map((entry, index) => convertProtocol(entry, `${path}[${index}]`, log))
  const valid = converted.filter((match) => match !== undefined)
  return valid.length < converted.length ? undefined : valid.flat()
}

const transports = [
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['sctp', 'SCTP'],
] as const

function convertProtocol(
  entry: ClusterPolicyProtocol,
  path: string,
  log: IssueLog,
): ProtocolMatch[] | undefined {
  if (entry.destinationNamedPort !== undefined) return matchNames([entry.destinationNamedPort])
  for (const [field, protocol] of transports) {
    const transport = entry[field]
    if (transport === undefined) continue
    if (transport.destinationPort === undefined) return [{ protocol, ports: [] }]
    const range = rangeOf(transport.destinationPort)
    if (range !== undefined) return [{ protocol, ports: portTexts([range]) }]
    return log.fail(
      `${path}.${field}.destinationPort`,
      'must be a port, or a range of ports, from 1 to 65535',
    )
  }
  return log.fail(path, 'only tcp, udp, sctp and destinationNamedPort are supported')
}

type DestinationPort = NonNullable<NonNullable<ClusterPolicyProtocol['tcp']>['destinationPort']>

function rangeOf({ number, range }: DestinationPort): PortRange | undefined {
  const min = number ?? range?.start ?? 0
  const max = number ?? range?.end ?? 0
  return isPortNumber(min) && isPortNumber(max) && min <= max ? { min, max } : undefined
}
