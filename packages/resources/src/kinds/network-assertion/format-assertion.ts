/** The sides of an assertion and its traffic, on one line. */
import { protocolNumberOf, protocolNumbers } from '../rule/protocol.ts'
import type { HttpHeader } from '../rule/schema.ts'
import type { AssertionSide, AssertionTraffic, NetworkAssertion } from './schema.ts'

/** `namespaces / endpoints / nets`, or `hosts / endpoints / nets`, without the parts that all have; `*` for everybody. */
export function formatSide({
  selector = '',
  namespaceSelector = '',
  nets = [],
  hostEndpoints = false,
}: AssertionSide): string {
  const parts = [
    hostEndpoints ? 'hosts' : '',
    namespaceSelector && `namespaces ${namespaceSelector}`,
    selector,
    nets.join(','),
  ]
  return parts.filter((part) => part !== '').join(' / ') || '*'
}

/** `TCP/443,UDP/53,ICMP`; `*` for all traffic; of requests `TCP/443 GET,PUT /api/*`, or `HTTP` over any port; `with x-team in (a,b)` of headers. */
export function formatTraffic({ ports, http }: Pick<NetworkAssertion['spec'], 'ports' | 'http'>): string {
  if (http === undefined) return formatPorts(ports)
  const { methods = [], paths = [], headers = [] } = http
  const places = paths.map(({ exact, prefix = '' }) => exact ?? `${prefix.replace(/\/$/, '')}/*`)
  return [
    ports === undefined ? 'HTTP' : formatPorts(ports),
    methods.join(','),
    places.join(','),
    formatHeaders(headers),
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function formatHeaders(headers: readonly HttpHeader[]): string {
  return headers.length === 0 ? '' : `with ${headers.map(formatHeader).join(', ')}`
}

function formatHeader({ header, operator, values = [] }: HttpHeader): string {
  const name = header.toLowerCase()
  switch (operator) {
    case 'Exists':
      return name
    case 'DoesNotExist':
      return `no ${name}`
    case 'In':
      return `${name} in (${values.join(',')})`
    case 'NotIn':
      return `${name} not in (${values.join(',')})`
  }
}

function formatPorts(ports: readonly AssertionTraffic[] | undefined): string {
  if (ports === undefined) return '*'
  return ports
    .map(({ protocol, port }) => (port === undefined ? nameOf(protocol) : `${nameOf(protocol)}/${port}`))
    .join(',')
}

function nameOf(protocol: string | number): string {
  const number = protocolNumberOf(protocol)
  return [...protocolNumbers].find(([, known]) => known === number)?.[0] ?? String(protocol)
}
