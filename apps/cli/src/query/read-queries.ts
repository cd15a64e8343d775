import type { IpVersion } from '@margay/netset'
import { type HttpRequest, hasPorts, protocolNumber, protocols } from '@margay/policy'
import { usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { nameOf, readJson } from '../read-json.ts'
import { readIcmp, readIpVersion, readNames, type Where } from './read-details.ts'
import { readHttp } from './read-http.ts'

/** A question about the packet that opens a connection, or about an HTTP request in it. */
export interface Query {
  /** How messages and answers call it. */
  readonly id: string
  /** As `peerForms` says. */
  readonly from: string
  readonly to: string
  /** IANA protocol number, 0-255. */
  readonly protocol: number
  /** 0-65535, and always there for protocols with ports. */
  readonly port: number | undefined
  /** 0-65535; undefined: whatever the source takes, which no rule about source ports matches. */
  readonly sourcePort: number | undefined
  /** Type and code, each 0-255; always there for ICMP and ICMPv6. */
  readonly icmp: { readonly type: number; readonly code: number } | undefined
  /** Undefined: one that both sides have. */
  readonly ipVersion: IpVersion | undefined
  /** The address that a side has; undefined: one of its own. */
  readonly fromIp: string | undefined
  readonly toIp: string | undefined
  /** By which DNS knows the destination, as `canonicalDomain` gives them; mostly none. */
  readonly toNames: readonly string[]
  readonly http: HttpRequest | undefined
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
  const fields = value as Readonly<Record<string, unknown>>
  const { id, from, to, protocol = 'TCP', port, method, path, toNames } = fields
  if (typeof id !== 'string' && typeof id !== 'number') throw usageError(`${place}.id: must be a text`)
  const where = `query ${id}`
  for (const [field, peer] of Object.entries({ from, to })) {
    if (typeof peer !== 'string') throw usageError(`${where}: ${field} must be a text: ${peerForms}`)
  }
  const number = readProtocol(protocol, where)
  const request = [method, path].filter((it) => it !== undefined)
  const http = request.length === 0 ? undefined : request.join(' ')
  return {
    id: String(id),
    from: String(from),
    to: String(to),
    protocol: number,
    port: readPort(port, number, where),
    ...readDetails({ ...fields, http }, number, (field) => `${where}: ${field}`),
    toNames: readNames(toNames, `${where}: toNames`),
  }
}

/** What a peer may look like, for messages. */
export const peerForms =
  'namespace/pod, namespace/workload, an IP address or CIDR, host/NAME, netset/NAMESPACE/NAME, globalnetworkset/NAME or svc/NAMESPACE/NAME'

/** Of a connection, as flags give it. */
export interface QueryFlags {
  readonly from?: string
  readonly to?: string
  readonly protocol?: string
  readonly port?: string
  readonly sourcePort?: string
  readonly icmpType?: string
  readonly icmpCode?: string
  readonly ipVersion?: string
  readonly fromIp?: string
  readonly toIp?: string
  readonly toName?: readonly string[]
  readonly http?: string
  readonly header?: readonly string[]
}

/** A query by flags. Its id is empty. */
export function singleQuery({
  from = '',
  to = '',
  port: portText,
  toName,
  header,
  ...flags
}: QueryFlags): Query {
  const [port, suffix] = splitPort(portText)
  if (
    suffix !== undefined &&
    flags.protocol !== undefined &&
    suffix.toLowerCase() !== flags.protocol.toLowerCase()
  )
    throw usageError(`--port ${portText} and --protocol ${flags.protocol} do not go together`)
  if (port !== undefined && !/^\d+$/.test(port))
    throw usageError(`--port must be a number from 0 to 65535, not ${port}`)
  const number = readProtocol(
    suffix ?? flags.protocol ?? 'TCP',
    suffix === undefined ? '--protocol' : '--port',
  )
  return {
    id: '',
    from,
    to,
    protocol: number,
    port: readPort(numberOf(port), number, '--port'),
    ...readDetails(
      {
        ...flags,
        sourcePort: numberOf(flags.sourcePort),
        icmpType: numberOf(flags.icmpType),
        icmpCode: numberOf(flags.icmpCode),
        ipVersion: numberOf(flags.ipVersion),
        headers: header,
      },
      number,
      flagOf,
    ),
    toNames: readNames(toName, '--to-name'),
  }
}

/** `--icmp-type` for `icmpType`. Of headers each has its own. */
function flagOf(field: string): string {
  if (field === 'headers') return '--header'
  return `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** `443/tcp` as `443` and `tcp`. */
function splitPort(text: string | undefined): [port: string | undefined, protocol: string | undefined] {
  const [port, protocol] = text?.split('/') ?? []
  return [port, protocol]
}

/** Not a number: nothing that is allowed. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return /^\d+$/.test(text) ? Number(text) : Number.NaN
}

type Details = Pick<Query, 'sourcePort' | 'icmp' | 'ipVersion' | 'fromIp' | 'toIp' | 'http'>

/** What few questions say. */
export function readDetails(
  fields: Readonly<Record<string, unknown>>,
  protocol: number,
  where: Where,
): Details {
  const { sourcePort, icmpType, icmpCode, ipVersion, fromIp, toIp, http, headers } = fields
  const hasSourcePort = sourcePort !== undefined && sourcePort !== null
  return {
    sourcePort: hasSourcePort ? readPort(sourcePort, protocol, where('sourcePort')) : undefined,
    icmp: readIcmp({ type: icmpType, code: icmpCode }, protocol, where),
    ipVersion: readIpVersion(ipVersion, where),
    fromIp: fromIp === undefined ? undefined : String(fromIp),
    toIp: toIp === undefined ? undefined : String(toIp),
    http: readHttp({ http, headers }, protocol === protocols.tcp, where),
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
