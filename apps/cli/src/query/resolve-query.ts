/** From a question to the flows that it is about: several where one of its ends is several places. */
import { formatIp, type Ip, type IpVersion, parseIp } from '@margay/netset'
import { type Flow, hasPorts, type Route } from '@margay/policy'
import { type CliError, usageError } from '../errors.ts'
import { type Place, placesOf, type Surroundings } from './places.ts'
import { peerForms, type Query } from './read-queries.ts'

/** One connection that a question is about. */
export interface Case extends Route {
  /** For people: what of the question's ends it is about. */
  readonly texts: { readonly from: string; readonly to: string }
}

/** How many connections one question may be about. */
const mostCases = 20_000

/** At least one. @throws CliError that names the query for a peer that does not exist, or for ends that can't meet */
export function resolveQuery(query: Query, surroundings: Surroundings): Case[] {
  const sources = endOf(query.from, query.fromIp, query, surroundings, false)
  const destinations = endOf(query.to, query.toIp, query, surroundings, true)
  if (sources.length * destinations.length > mostCases)
    throw refuse(
      query,
      `more than ${mostCases} pairs of places that policy may treat differently; ask about fewer`,
    )
  const cases = sources.flatMap((from) => destinations.flatMap((to) => caseOf(from, to, query)))
  if (cases.length > 0) return cases
  throw refuse(query, `${query.from} and ${query.to} have no address of the same IP version`)
}

function endOf(
  text: string,
  ip: string | undefined,
  query: Query,
  surroundings: Surroundings,
  isDestination: boolean,
): Place[] {
  const { protocol, port } = query
  if (isDestination && isService(text) && !hasPorts(protocol))
    throw refuse(query, 'a service is reached by TCP, UDP and SCTP only')
  const places = placesOf(text, { protocol, port: isDestination ? port : undefined }, surroundings)
  if (places === undefined)
    throw refuse(query, `no pod, workload or address is called "${text}"; expected ${peerForms}`)
  if (places.length === 0)
    throw refuse(
      query,
      `nothing is behind ${text}${isDestination && port !== undefined ? ` port ${port}` : ''}`,
    )
  if (isDestination) refuseNamesInside(places, query)
  return ip === undefined ? places : places.map((it) => withAddress(it, ip, query))
}

/** Names of what is in the cluster count for nothing: whoever gives some most likely means another address. */
function refuseNamesInside(places: readonly Place[], query: Query): void {
  const inside = places.find(({ peer, host }) => peer.endpoint !== undefined || host !== undefined)
  if (query.toNames.length === 0 || inside === undefined) return
  throw refuse(query, `${inside.text} is in the cluster, where names of DNS count for nothing`)
}

function isService(text: string): boolean {
  return /^(?:svc|service)\//.test(text)
}

/** An address that a workload is known not to have is refused: nobody but it may send from it. */
function withAddress(place: Place, text: string, query: Query): Place {
  const ip = parseIp(text)
  if (ip === undefined) throw refuse(query, `"${text}" is no IP address`)
  const isKnown = place.addresses.length === 0 || place.addresses.some((it) => formatIp(it) === formatIp(ip))
  if (!isKnown) throw refuse(query, `${place.text} does not have the address ${text}`)
  return { ...place, addresses: [ip] }
}

function caseOf(from: Place, to: Place, query: Query): Case[] {
  const ipVersion = commonVersion(from, to, query)
  if (ipVersion === undefined) return []
  const { protocol, port, sourcePort, icmp, http, toNames } = query
  const flow: Flow = {
    source: { ...from.peer, address: addressOf(from, ipVersion) },
    destination: {
      ...to.peer,
      address: addressOf(to, ipVersion),
      ...(toNames.length > 0 && { names: toNames }),
    },
    ipVersion,
    protocol,
    sourcePort,
    destinationPort: to.port ?? port,
    icmp,
    ...(http !== undefined && { http }),
  }
  return [{ flow, from: from.host, to: to.host, texts: { from: from.text, to: to.text } }]
}

/**
 * One that both sides have an address of; the source's first where there are several. A side whose addresses are
 * not known, such as a workload's, goes along with the other, and IPv4 it is if neither is known.
 */
function commonVersion(from: Place, to: Place, { ipVersion }: Query): IpVersion | undefined {
  const [first, second] = [versionsOf(from), versionsOf(to)]
  const common =
    first.length === 0 ? second : second.length === 0 ? first : first.filter((it) => second.includes(it))
  if (first.length === 0 && second.length === 0) return ipVersion ?? 4
  return ipVersion === undefined ? common[0] : common.find((it) => it === ipVersion)
}

function versionsOf({ addresses }: Place): IpVersion[] {
  return [...new Set(addresses.map(({ version }) => version))]
}

function addressOf({ addresses }: Place, ipVersion: IpVersion): Ip | undefined {
  return addresses.find(({ version }) => version === ipVersion)
}

function refuse({ id }: Query, message: string): CliError {
  return usageError(id === '' ? message : `query ${id}: ${message}`)
}
