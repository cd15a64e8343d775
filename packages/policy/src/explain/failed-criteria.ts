/**
 * Why does a rule not match a flow? Each criterion is asked by itself, as a rule that has no other: so what a criterion means is said
 * in one place, and a rule matches exactly if none of its criteria fails.
 */
import { formatCidr, formatIp, formatPortRange } from '@margay/netset'
import type { DomainPattern } from '@margay/resources'
import { matchesRule } from '../evaluate/match-rule.ts'
import type { Flow, FlowPeer, Sent } from '../model/flow.ts'
import { protocolName } from '../model/protocol.ts'
import {
  anyPeer,
  type HttpHeaderMatch,
  type HttpMatch,
  type IcmpMatch,
  type PeerMatch,
  type PortMatch,
  type Rule,
} from '../model/rule.ts'
import type { AddressSet } from '../state/address-set.ts'
import { formatHttpMatch, formatRequest } from './format-http.ts'
import { formatSet } from './format-set.ts'

/** A criterion of a rule that a flow does not meet. */
export interface FailedCriterion {
  /** As the API names it: `protocol`, `source.selector`, `destination.ports`, `http`, `http.headers`. */
  readonly field: string
  /** Short, for people: `destination port 80 is not 443`. */
  readonly message: string
}

/** Empty exactly if the rule matches. */
export function failedCriteria(rule: Rule, flow: Flow): FailedCriterion[] {
  return [...packetCriteria(rule, flow), ...sideCriteria(rule, flow)]
    .filter(({ alone }) => !matchesRule({ ...openRule, ...alone }, flow))
    .map(({ field, message }) => ({ field, message: message() }))
}

/** One criterion, and the part of a rule that has it alone. */
interface Criterion {
  readonly field: string
  readonly alone: Partial<Rule>
  readonly message: () => string
}

const openRule: Rule = {
  action: 'Allow',
  origin: 0,
  ipVersion: undefined,
  protocol: undefined,
  notProtocol: undefined,
  icmp: undefined,
  notIcmp: undefined,
  http: undefined,
  source: anyPeer,
  destination: anyPeer,
}

function packetCriteria(
  { ipVersion, protocol, notProtocol, icmp, notIcmp, http }: Rule,
  flow: Flow,
): Criterion[] {
  const sent = protocolName(flow.protocol)
  return [
    {
      field: 'ipVersion',
      alone: { ipVersion },
      message: () => `IPv${flow.ipVersion} is not IPv${ipVersion}`,
    },
    {
      field: 'protocol',
      alone: { protocol },
      message: () => `protocol ${sent} is not ${protocolName(protocol ?? 0)}`,
    },
    { field: 'notProtocol', alone: { notProtocol }, message: () => `protocol ${sent} is excluded` },
    {
      field: 'icmp',
      alone: { icmp },
      message: () => `${formatMessage(flow.icmp)} is not ${formatMessage(icmp)}`,
    },
    {
      field: 'notICMP',
      alone: { notIcmp },
      message: () => `${formatMessage(flow.icmp)} is not other than ${formatMessage(notIcmp)}`,
    },
    ...httpCriteria(http, flow.http),
  ]
}

/** Of methods and paths together, as a request is written; and of each header by itself. Of what is no HTTP there is no more to say. */
function httpCriteria(http: HttpMatch | undefined, sent: Sent | undefined): Criterion[] {
  if (http === undefined || sent === undefined) return []
  const { headers = [], ...line } = http
  const isHttp = sent !== 'NotHttp'
  const whole = {
    field: 'http',
    alone: { http: { ...line, headers: undefined } },
    message: () =>
      isHttp
        ? `${formatRequest(sent)} is not ${formatHttpMatch({ ...line, headers: undefined })}`
        : 'what is sent is no HTTP request',
  }
  if (!isHttp) return [whole]
  return [
    whole,
    ...headers.map((header) => ({
      field: 'http.headers',
      alone: { http: { methods: undefined, paths: undefined, headers: [header] } },
      message: () => headerMessage(header, sent.headers?.has(header.name) === true),
    })),
  ]
}

/** Without what the request says: that may be secret. */
function headerMessage({ name, operator, values }: HttpHeaderMatch, isThere: boolean): string {
  switch (operator) {
    case 'Exists':
      return `header ${name} is absent`
    case 'DoesNotExist':
      return `header ${name} is there, which is excluded`
    case 'In':
      return `header ${name} is ${isThere ? 'not' : 'absent, and so not'} ${short(values)}`
    case 'NotIn':
      return `header ${name} has a value of ${short(values)}, which is excluded`
  }
}

function formatMessage(icmp: IcmpMatch | undefined): string {
  if (icmp?.type === undefined) return 'no ICMP'
  return `ICMP ${icmp.type}${icmp.code === undefined ? '' : `/${icmp.code}`}`
}

type Side = 'source' | 'destination'

function sideCriteria(rule: Rule, flow: Flow): Criterion[] {
  return (['source', 'destination'] as const).flatMap((side) =>
    peerCriteria(rule[side]).map(({ field, alone, message }) => ({
      field: `${side}.${field}`,
      alone: { [side]: { ...anyPeer, ...alone } },
      message: () => `${side} ${message(whoIs(flow[side]), portOf(flow, side))}`,
    })),
  )
}

/** One criterion about a side; `who` is there, `port` as in `port 80`. */
interface PeerCriterion {
  readonly field: string
  readonly alone: Partial<PeerMatch>
  readonly message: (who: string, port: string) => string
}

function peerCriteria(match: PeerMatch): PeerCriterion[] {
  const { inSet, countsNames, inDomains, notInSet, nets, notNets, inService, ports, notPorts } = match
  const giving = countsNames ? (inSet?.domains ?? []) : []
  return [
    {
      field: 'selector',
      alone: { inSet, countsNames },
      message: (who) => `${who} is not ${textOf(inSet)}${giving.length === 0 ? '' : orKnownAs(giving)}`,
    },
    {
      field: 'domains',
      alone: { inDomains },
      message: (who) => `${who} is not known as ${short(inDomains?.patterns.map(({ text }) => text))}`,
    },
    {
      field: 'notSelector',
      alone: { notInSet },
      message: (who) => `${who} is ${textOf(notInSet)}, which is excluded`,
    },
    { field: 'nets', alone: { nets }, message: (who) => `${who} is not in ${short(nets?.map(formatCidr))}` },
    {
      field: 'notNets',
      alone: { notNets },
      message: (who) => `${who} is in ${short(notNets?.map(formatCidr))}, which is excluded`,
    },
    { field: 'services', alone: { inService }, message: (who) => `${who} is not behind ${inService?.id}` },
    { field: 'ports', alone: { ports }, message: (_, port) => `${port} is not ${formatPorts(ports)}` },
    {
      field: 'notPorts',
      alone: { notPorts },
      message: (_, port) => `${port} is ${formatPorts(notPorts)}, which is excluded`,
    },
  ]
}

/** What network sets give besides addresses. */
function orKnownAs(patterns: readonly DomainPattern[]): string {
  return `, nor known as ${short(patterns.map(({ text }) => text))}`
}

function textOf(set: AddressSet | undefined): string {
  return set === undefined ? '' : formatSet(set.selector)
}

function whoIs({ endpoint, address, names = [] }: FlowPeer): string {
  if (endpoint !== undefined) return endpoint.key
  if (address === undefined) return 'without an address'
  return names.length === 0 ? formatIp(address) : `${formatIp(address)} (${short(names)})`
}

function portOf({ sourcePort, destinationPort }: Flow, side: Side): string {
  const port = side === 'source' ? sourcePort : destinationPort
  return port === undefined ? 'without a port' : `port ${port}`
}

function formatPorts({ ranges = [], names = [] }: Partial<PortMatch> = {}): string {
  return short([...ranges.map(formatPortRange), ...names])
}

const mostShown = 4

function short(texts: readonly string[] = []): string {
  const shown = texts.slice(0, mostShown)
  const left = texts.length - shown.length
  return left === 0 ? shown.join(', ') : `${shown.join(', ')} or ${left} more`
}
