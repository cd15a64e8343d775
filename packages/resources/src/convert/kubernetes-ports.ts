/** From the ports of Kubernetes policies to those of the v3 API. Source: spec/api.md 5.1. */
import { formatPortRange, mergePorts, type PortRange } from '@margay/netset'
import type { KubernetesPolicyPort } from '../kinds/kubernetes-network-policy/schema.ts'
import { isPortName, portNameFormat } from '../kinds/meta/names.ts'
import { parsePort } from '../kinds/rule/port.ts'
import type { IssueLog, ProtocolMatch } from './converted-policy.ts'

/**
 * One match for each protocol, sorted by its name. No entries mean all packets. Undefined if one entry is wrong:
 * without it, the list could come to mean something else.
 */
export function convertPorts(
  entries: readonly KubernetesPolicyPort[] | undefined,
  path: string,
  log: IssueLog,
): ProtocolMatch[] | undefined {
  if (entries === undefined || entries.length === 0) return [{ ports: [] }]
  const parsed = entries.map((entry, index) => parseEntry(entry, `${path}[${index}]`, log))
  const valid = parsed.filter((entry) => entry !== undefined)
  if (valid.length < parsed.length) return undefined
  const byProtocol = [...Map.groupBy(valid, ({ protocol }) => protocol)]
  return byProtocol
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([protocol, group]) => ({ protocol, ports: mergeEntries(group) }))
}

/** A number for one port, `min:max` for more, in canonical form. */
export function portTexts(ranges: readonly PortRange[]): (string | number)[] {
  return mergePorts(ranges).map((range) => (range.min === range.max ? range.min : formatPortRange(range)))
}

/**
 * Ports by the names that pods give them, whatever the protocol. No pod can have a name of digits, so such a one matches nothing; the v3
 * API would take it for a number.
 */
export function matchNames(names: readonly string[]): ProtocolMatch[] {
  const ports = [...new Set(names)].filter((name) => parsePort(name).kind === 'Name')
  return ports.length === 0 ? [] : [{ ports }]
}

export function isPortNumber(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535
}

/** Neither name nor range means all ports. */
interface ParsedEntry {
  readonly protocol: string
  readonly name?: string
  readonly range?: PortRange
}

function parseEntry(entry: KubernetesPolicyPort, path: string, log: IssueLog): ParsedEntry | undefined {
  const { protocol = 'TCP', port, endPort } = entry
  if (endPort !== undefined && typeof port !== 'number') {
    return log.fail(`${path}.endPort`, 'needs the number of a port beside it')
  }
  if (port === undefined) return { protocol }
  if (typeof port === 'string') {
    return isPortName(port) ? { protocol, name: port } : log.fail(`${path}.port`, portNameFormat)
  }
  const range = { min: port, max: endPort ?? port }
  if (isPortNumber(range.min) && isPortNumber(range.max) && range.min <= range.max) return { protocol, range }
  return log.fail(path, `must be a range of ports from 1 to 65535, but is ${formatPortRange(range)}`)
}

function mergeEntries(entries: readonly ParsedEntry[]): (string | number)[] {
  if (entries.some(({ name, range }) => name === undefined && range === undefined)) return []
  const names = entries.map(({ name }) => name).filter((name) => name !== undefined)
  const ranges = entries.map(({ range }) => range).filter((range) => range !== undefined)
  return [...new Set(names), ...portTexts(ranges)]
}
