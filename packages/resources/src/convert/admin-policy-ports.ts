/** The ports of AdminNetworkPolicy rules. Source: Kubernetes network policy API, v1alpha1 AdminNetworkPolicyPort. */
import type { PortRange } from '@margay/netset'
import type { AdminPolicyPort } from '../kinds/admin-network-policy/parts.ts'
import type { IssueLog, ProtocolMatch } from './converted-policy.ts'
import { isPortNumber, matchNames, portTexts } from './kubernetes-ports.ts'

/** A match for each protocol, and one for names. No entries mean all packets. Undefined if one can't be converted. */
export function convertAdminPorts(
  entries: readonly AdminPolicyPort[] | undefined,
  path: string,
  log: IssueLog,
): ProtocolMatch[] | undefined {
  if (entries === undefined || entries.length === 0) return [{ ports: [] }]
  const parsed = entries.map((entry, index) => parseEntry(entry, `${path}[${index}]`, log))
  const valid = parsed.filter((entry) => entry !== undefined)
  if (valid.length < parsed.length) return undefined
  const numbers = valid.filter((entry) => 'range' in entry)
  const names = valid.filter((entry) => 'name' in entry)
  const byProtocol = Map.groupBy(numbers, ({ protocol }) => protocol)
  return [
    ...Array.from(byProtocol, ([protocol, group]) => ({ protocol, ports: portTexts(group.map(rangeOf)) })),
    ...matchNames(names.map(({ name }) => name)),
  ]
}

type ParsedEntry = { readonly name: string } | NumberedEntry

interface NumberedEntry {
  readonly protocol: string
  readonly range: PortRange
}

function rangeOf({ range }: NumberedEntry): PortRange {
  return range
}

function parseEntry(
  { portNumber, portRange, namedPort }: AdminPolicyPort,
  path: string,
  log: IssueLog,
): ParsedEntry | undefined {
  if (namedPort !== undefined) return { name: namedPort }
  if (portNumber === undefined && portRange === undefined)
    return log.fail(path, 'only portNumber, portRange and namedPort are supported')
  const protocol = portNumber?.protocol ?? portRange?.protocol ?? 'TCP'
  const min = portNumber?.port ?? portRange?.start ?? 0
  const max = portNumber?.port ?? portRange?.end ?? 0
  if (isPortNumber(min) && isPortNumber(max) && min <= max) return { protocol, range: { min, max } }
  return log.fail(path, 'must be a port, or a range of ports, from 1 to 65535')
}
