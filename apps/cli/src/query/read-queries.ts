import { hasPorts, protocolNumber } from '@margay/policy'
import { usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { nameOf, readJson } from '../read-json.ts'

/** A question about the packet that opens a connection. */
export interface Query {
  /** How messages and answers call it. */
  readonly id: string
  /** `namespace/pod`, `namespace/workload` or an address. */
  readonly from: string
  readonly to: string
  /** IANA protocol number, 0-255. */
  readonly protocol: number
  /** 0-65535, and always there for protocols with ports. */
  readonly port: number | undefined
}

/** Throws a CliError that names the query, the field and what is allowed. */
export async function readQueries(path: string, io: Io): Promise<Query[]> {
  const value = await readJson(path, io)
  if (!Array.isArray(value))
    throw usageError(`${nameOf(path)}: must be a JSON list of {id, from, to, protocol, port}`)
  return value.map((it: unknown, index) => readQuery(it, `${nameOf(path)}: [${index}]`))
}

function readQuery(value: unknown, place: string): Query {
  if (typeof value !== 'object' || value === null) throw usageError(`${place}: must be an object`)
  const { id, from, to, protocol = 'TCP', port } = value as Readonly<Record<string, unknown>>
  if (typeof id !== 'string' && typeof id !== 'number') throw usageError(`${place}.id: must be a text`)
  const where = `query ${id}`
  for (const [field, peer] of Object.entries({ from, to })) {
    if (typeof peer !== 'string') throw usageError(`${where}: ${field} must be a text: ${peerForms}`)
  }
  const number = readProtocol(protocol, where)
  return {
    id: String(id),
    from: String(from),
    to: String(to),
    protocol: number,
    port: readPort(port, number, where),
  }
}

/** What a peer may look like, for messages. */
export const peerForms = 'namespace/pod, namespace/workload or an IP address'

interface QueryFlags {
  readonly from?: string
  readonly to?: string
  readonly protocol?: string
  readonly port?: string
}

/** A query by flags. Its id is empty. */
export function singleQuery({ from = '', to = '', protocol = 'TCP', port }: QueryFlags): Query {
  if (port !== undefined && !/^\d+$/.test(port))
    throw usageError(`--port must be a number from 0 to 65535, not ${port}`)
  const number = readProtocol(protocol, '--protocol')
  return {
    id: '',
    from,
    to,
    protocol: number,
    port: readPort(port === undefined ? port : Number(port), number, '--port'),
  }
}

/** A number from a name in any case: this is typed by people. `where` stands before messages. @throws CliError */
export function readProtocol(value: unknown, where: string): number {
  const name = typeof value === 'string' ? names.get(value.toLowerCase()) : undefined
  const number =
    typeof value === 'string' || typeof value === 'number' ? protocolNumber(name ?? value) : undefined
  if (number === undefined)
    throw usageError(
      `${where}: protocol must be TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite or a number from 0 to 255`,
    )
  return number
}

const names = new Map(
  ['TCP', 'UDP', 'SCTP', 'ICMP', 'ICMPv6', 'UDPLite'].map((name) => [name.toLowerCase(), name]),
)

/** 0-65535, or undefined for a protocol without ports. @throws CliError */
export function readPort(value: unknown, protocol: number, where: string): number | undefined {
  if (!hasPorts(protocol)) {
    if (value === undefined || value === null) return undefined
    throw usageError(`${where}: a port has no meaning for this protocol`)
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 65_535)
    throw usageError(`${where}: port must be a number from 0 to 65535`)
  return value
}
