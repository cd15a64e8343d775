/** What the schema of an assertion can't say. Each part is held to the rules that a part of its kind has in a policy's rule. */
import { type IpVersion, isMaskedCidr, parseCidr } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { duplicate, forbidden, type Issue, invalid, notSupported } from '../../schema/issue.ts'
import { checkGlobalAlone, checkNoGlobal, checkSelector } from '../rule/check-selector.ts'
import { parsePort } from '../rule/port.ts'
import { carriesPorts, protocolNumberOf, protocolNumbers } from '../rule/protocol.ts'
import { checkHttpMatch } from '../rule/rule-http.ts'
import { netProblem } from '../rule/rule-nets.ts'
import type { AssertionSide, AssertionTraffic, NetworkAssertion } from './schema.ts'

/** Its number at IANA: HTTP runs over it. */
const tcp = 6

export function* checkNetworkAssertion({ spec }: NetworkAssertion): Iterable<Issue> {
  yield* checkSide(spec.from, 'spec.from')
  yield* checkSide(spec.to, 'spec.to')
  yield* checkFamilies(spec.from, spec.to)
  for (const [index, traffic] of (spec.ports ?? []).entries()) {
    yield* checkTraffic(traffic, `spec.ports[${index}]`)
  }
  yield* checkRepeated(spec.ports ?? [])
  yield* checkHttpMatch(spec.http, 'spec.http')
  if (spec.http !== undefined) {
    yield* checkOverTcp(spec.ports ?? [])
    yield* checkNoHosts(spec)
  }
}

function* checkSide(
  { selector, namespaceSelector, nets = [], hostEndpoints = false }: AssertionSide,
  path: string,
): Iterable<Issue> {
  yield* checkSelector(selector, `${path}.selector`)
  yield* checkNoGlobal(selector, `${path}.selector`)
  yield* checkSelector(namespaceSelector, `${path}.namespaceSelector`)
  yield* checkGlobalAlone(namespaceSelector, `${path}.namespaceSelector`)
  if (hostEndpoints && namespaceSelector !== undefined)
    yield forbidden(
      `${path}.namespaceSelector`,
      'host endpoints are in no namespace: remove it or hostEndpoints',
    )
  for (const [index, net] of nets.entries()) {
    if (parseCidr(net) === undefined || !isMaskedCidr(net))
      yield invalid(`${path}.nets[${index}]`, netProblem(net))
  }
}

/** Where no packet can go from one side to the other, `never` holds and `always` fails, whatever was meant. */
function* checkFamilies(from: AssertionSide, to: AssertionSide): Iterable<Issue> {
  const [sources, destinations] = [familiesOf(from), familiesOf(to)]
  if (sources.size === 0 || destinations.size === 0 || !sources.isDisjointFrom(destinations)) return
  yield invalid('spec.to.nets', 'must have a network of an IP version that spec.from.nets has')
}

function familiesOf({ nets = [] }: AssertionSide): Set<IpVersion> {
  return new Set(nets.map((net) => parseCidr(net)?.version).filter((version) => version !== undefined))
}

function* checkTraffic({ protocol, port }: AssertionTraffic, path: string): Iterable<Issue> {
  if (protocolNumberOf(protocol) === undefined) {
    const names = [...protocolNumbers.keys()].join(', ')
    yield notSupported(
      `${path}.protocol`,
      `must be ${names} or a number from 1 to 255, but is ${describe(protocol)}`,
    )
    return
  }
  if (port === undefined) return
  if (!carriesPorts(protocol))
    yield forbidden(`${path}.port`, `needs protocol TCP, UDP or SCTP, but the protocol is ${protocol}`)
  const problem = portProblem(port)
  if (problem !== undefined) yield invalid(`${path}.port`, problem)
}

/** As in rules with http. Of another protocol there is no request, so that nothing would be asserted of it. */
function* checkOverTcp(ports: readonly AssertionTraffic[]): Iterable<Issue> {
  for (const [index, { protocol }] of ports.entries()) {
    const number = protocolNumberOf(protocol)
    if (number !== undefined && number !== tcp)
      yield invalid(
        `spec.ports[${index}].protocol`,
        `must be TCP in an assertion with http, but is ${protocol}`,
      )
  }
}

/** Nothing reads requests to a node, or from one to a pod of its own. */
function* checkNoHosts({ from, to }: NetworkAssertion['spec']): Iterable<Issue> {
  if (from.hostEndpoints || to.hostEndpoints)
    yield forbidden('spec.http', 'must be absent where a side is host endpoints: assert connections of these')
}

/** No names: which port a name means is for each endpoint to say, and an assertion that means nothing would hold. */
function portProblem(port: string | number): string | undefined {
  const parsed = parsePort(port)
  if (parsed.kind === 'Name' || parsed.min < 1 || parsed.max > 65_535)
    return `must be a number from 1 to 65535 or a range "min:max" of them, but is ${describe(port)}`
  return parsed.min > parsed.max ? `a range ascends, but this is ${describe(port)}` : undefined
}

function* checkRepeated(ports: readonly AssertionTraffic[]): Iterable<Issue> {
  const seen = new Set<string>()
  for (const [index, { protocol, port }] of ports.entries()) {
    const key = `${protocolNumberOf(protocol) ?? protocol} ${port ?? ''}`
    if (seen.has(key)) yield duplicate(`spec.ports[${index}]`, 'is there already; each item may occur once')
    seen.add(key)
  }
}
