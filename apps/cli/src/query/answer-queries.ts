import { type Ip, type IpVersion, parseIp } from '@margay/netset'
import {
  buildPolicyState,
  type Decision,
  evaluate,
  type Flow,
  type FlowPeer,
  formatPolicyRef,
  type PolicyState,
  type PolicyView,
  protocols,
} from '@margay/policy'
import type { Resource } from '@margay/resources'
import { usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { warn } from '../warn.ts'
import { peerForms, type Query } from './read-queries.ts'

export interface Answer {
  readonly query: Query
  readonly decision: Decision
}

/** Answers in the order of the queries. Throws a CliError that names the query for a peer that does not exist. */
export function answerQueries(resources: readonly Resource[], queries: readonly Query[], io: Io): Answer[] {
  const { state, problems } = buildPolicyState(resources)
  for (const { policy, message } of problems)
    warn(`${formatPolicyRef(policy)}: ${message}; what it can't decide is denied`, io)
  return queries.map((query) => ({
    query,
    decision: answerQuery(query, state, { place: nameOfQuery(query) }),
  }))
}

interface Asking {
  /** Stands before messages, and says who asks. */
  readonly place: string
  readonly view?: PolicyView
}

/** Throws a CliError for a peer that does not exist. */
export function answerQuery(query: Query, state: PolicyState, { place, view = {} }: Asking): Decision {
  return evaluate(state, flowOf(query, state, place), view)
}

function flowOf(query: Query, state: PolicyState, place: string): Flow {
  const source = findPeer(query.from, state, place)
  const destination = findPeer(query.to, state, place)
  const ipVersion = commonFamily(source, destination, query, place)
  return {
    source: { ...source, address: addressOf(source, ipVersion) },
    destination: { ...destination, address: addressOf(destination, ipVersion) },
    ipVersion,
    protocol: query.protocol,
    sourcePort: undefined,
    destinationPort: query.port,
    icmp: icmpOf(query.protocol),
  }
}

function findPeer(text: string, state: PolicyState, place: string): FlowPeer {
  const peer = state.peer(text)
  if (peer !== undefined) return peer
  throw usageError(`${place}no pod, workload or address is called "${text}"; expected ${peerForms}`)
}

/**
 * The family that both sides have an address in; the source's first where there are several. A side whose addresses are
 * not known, such as a workload's, goes along with the other, and IPv4 it is if neither is known.
 */
function commonFamily(source: FlowPeer, destination: FlowPeer, query: Query, place: string): IpVersion {
  const from = familiesOf(query.from, source)
  const to = familiesOf(query.to, destination)
  const [common] =
    from.length === 0 ? to : to.length === 0 ? from : from.filter((family) => to.includes(family))
  if (common !== undefined) return common
  if (from.length === 0) return 4
  throw usageError(`${place}${query.from} and ${query.to} have no address of the same IP version`)
}

/** Of a peer given by address, that one counts, also if the pod that has it has others. */
function familiesOf(text: string, { endpoint }: FlowPeer): IpVersion[] {
  const given = parseIp(text)
  const addresses = given === undefined ? (endpoint?.addresses ?? []) : [given]
  return [...new Set(addresses.map(({ version }) => version))]
}

function addressOf({ endpoint, address }: FlowPeer, family: IpVersion): Ip | undefined {
  if (address?.version === family) return address
  return endpoint?.addresses.find(({ version }) => version === family)
}

/** A question about ICMP is about a ping: an echo request. Source: RFC 792, RFC 4443. */
function icmpOf(protocol: number): Flow['icmp'] {
  if (protocol === protocols.icmp) return { type: 8, code: 0 }
  return protocol === protocols.icmpv6 ? { type: 128, code: 0 } : undefined
}

function nameOfQuery({ id }: Query): string {
  return id === '' ? '' : `query ${id}: `
}
