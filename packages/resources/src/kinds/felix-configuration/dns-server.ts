/** Whose DNS answers are believed, as `dnsTrustedServers` names them. Source: spec/dataplane.md 7.2. */
import { type Ip, parseIp } from '@margay/netset'
import { isDnsLabel } from '../meta/names.ts'

export type DnsServer =
  /** `port` is 1-65535, of UDP and TCP. */
  | { readonly kind: 'Address'; readonly address: Ip; readonly port: number }
  /** Its addresses and endpoints; without a port it is the first of the service. */
  | {
      readonly kind: 'Service'
      readonly namespace: string
      readonly name: string
      readonly port: number | undefined
    }

const servicePrefix = 'k8s-service:'
const defaultNamespace = 'kube-system'
const defaultPort = 53

/** Completes "must be …". */
export const dnsServerFormat =
  'an address such as 10.0.0.10, 10.0.0.10:53 or [fd00::10]:53, or a service such as k8s-service:kube-dns or k8s-service:kube-system/kube-dns:53'

/** `IP`, `IP:PORT`, `[IPV6]:PORT`, or `k8s-service:[NAMESPACE/]NAME[:PORT]`; undefined for what is none of them. */
export function parseDnsServer(text: string): DnsServer | undefined {
  return text.startsWith(servicePrefix) ? parseService(text.slice(servicePrefix.length)) : parseAddress(text)
}

function parseService(text: string): DnsServer | undefined {
  const [place = '', portText, ...rest] = text.split(':')
  const port = portOf(portText, undefined)
  const names = place.split('/')
  const [namespace, name] = names.length === 1 ? [defaultNamespace, names[0]] : names
  if (!names.every((it) => isDnsLabel(it)) || names.length > 2 || port === null || rest.length > 0)
    return undefined
  return namespace === undefined || name === undefined
    ? undefined
    : { kind: 'Service', namespace, name, port }
}

/** A port follows an IPv6 address only in brackets: without them it would be a part of it. */
function parseAddress(text: string): DnsServer | undefined {
  const bare = parseIp(text)
  if (bare !== undefined) return { kind: 'Address', address: bare, port: defaultPort }
  const [, six, sixPort] = /^\[(.+)\](?::(.*))?$/.exec(text) ?? []
  if (six !== undefined) return atPort(six, 6, sixPort)
  const [four = '', fourPort, ...rest] = text.split(':')
  return rest.length > 0 ? undefined : atPort(four, 4, fourPort)
}

function atPort(text: string, version: 4 | 6, portText: string | undefined): DnsServer | undefined {
  const address = parseIp(text)
  const port = portOf(portText, defaultPort)
  if (address?.version !== version || port === null) return undefined
  return { kind: 'Address', address, port }
}

/** Null for what is no port. */
function portOf<Default>(text: string | undefined, otherwise: Default): number | Default | null {
  if (text === undefined) return otherwise
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535 ? Number(text) : null
}
