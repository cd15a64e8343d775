/**
 * Runs cases whose verdicts were written by hand, from the text of the specification, against both evaluators.
 *
 * Two namespaces and three pods are always there; a case adds what it is about.
 */
import { type IpVersion, parseIp } from '@margay/netset'
import type { Resource, ResourceObject } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import { evaluate } from '../../evaluate/evaluate.ts'
import { readRequest } from '../../http/read-request.ts'
import type { Flow, FlowPeer } from '../../model/flow.ts'
import { protocolNumber } from '../../model/protocol.ts'
import { buildPolicyState } from '../../state/build-state.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import type { Packet } from '../packet.ts'
import { referenceVerdict } from '../reference-verdict.ts'
import { account, namespace, pod } from './objects.testkit.ts'

export interface VerdictCase {
  /** What holds, as a sentence. */
  readonly name: string
  readonly given: readonly ResourceObject[]
  /** Packets as `shop/web > shop/db TCP 80`; see `readPacket`. */
  readonly allows?: readonly string[]
  readonly denies?: readonly string[]
}

export function testVerdicts(cases: readonly VerdictCase[]): void {
  test.each(cases)('$name', ({ given, allows = [], denies = [] }) => {
    const resources = admitAll([...inhabitants, ...given])
    const wanted = [...allows.map((it) => `${it}: Allow`), ...denies.map((it) => `${it}: Deny`)]
    const asked = [...allows, ...denies]
    const { state } = buildPolicyState(resources)
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.map((it) => `${it}: ${evaluated(state, readPacket(it))}`)).toEqual(wanted)
    expect(asked.map((it) => `${it}: ${referenceVerdict(resources, readPacket(it))}`)).toEqual(wanted)
  })
}

export const inhabitants: readonly ResourceObject[] = [
  namespace('shop', { team: 'retail' }),
  namespace('bank', { team: 'money' }),
  account('shop', 'buyer', { trust: 'high' }),
  account('bank', 'default', { trust: 'low' }),
  pod('shop', 'web', {
    labels: { app: 'web', env: 'prod' },
    ips: ['10.0.0.1', 'fd00::1'],
    ports: [{ name: 'http', containerPort: 8080 }],
    spec: { serviceAccountName: 'buyer' },
  }),
  pod('shop', 'db', {
    labels: { app: 'db' },
    ips: ['10.0.0.2', 'fd00::2'],
    ports: [
      { name: 'http', containerPort: 80 },
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
    ],
  }),
  pod('bank', 'teller', { labels: { app: 'teller' }, ips: ['10.0.1.1', 'fd00::1:1'] }),
]

const packetForm =
  /^(\S+) > (\S+?)(?:=(\S+))? (\w+)(?: (?:(\d+)>)?(\d+)(?:\/(\d+))?)?( over IPv6)?(?: (NotHttp)| ([A-Za-z]+) ([/*h]\S*)((?: [\w-]+:\S*)*))?$/

/**
 * Source, destination and protocol, IPIP among them; then a port, both ports as `4000>80`, or for ICMP type and code as `8/0`.
 * Each end is a pod or an address; between two pods it is IPv4 unless `over IPv6` is said. What is sent may follow: `GET /path x-team:a`, or `NotHttp`. The
 * destination may be known by names: `192.0.2.1=a.com,b.com`.
 */
export function readPacket(text: string): Packet {
  const [, source, destination, names, protocol, from, to, code, over, other, method, path, headers] =
    packetForm.exec(text) ?? []
  if (source === undefined || destination === undefined) throw new Error(`${text} is no packet`)
  const number =
    protocol === 'IPIP' ? 4 : (protocolNumber(protocol ?? '') ?? expect.fail(`${protocol} is no protocol`))
  const destinationNames = names?.split(',')
  const ipVersion = versionOf([source, destination], over)
  const ends = { source, destination, destinationNames, ipVersion, protocol: number }
  if (number === 1 || number === 58) return { ...ends, icmp: { type: Number(to), code: Number(code ?? 0) } }
  const ports = { sourcePort: numberOf(from), destinationPort: numberOf(to) }
  if (other === 'NotHttp') return { ...ends, ...ports, http: other }
  if (method === undefined || path === undefined) return { ...ends, ...ports }
  return { ...ends, ...ports, http: { method, path, headers: readHeaders(headers) } }
}

/** Of ` x-team:a x-id:1`. */
function readHeaders(text = ''): [name: string, value: string][] {
  return text
    .split(' ')
    .slice(1)
    .map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1)])
}

function versionOf(ends: readonly string[], over: string | undefined): IpVersion {
  const addresses = ends.map(parseIp).filter((ip) => ip !== undefined)
  return addresses[0]?.version ?? (over === undefined ? 4 : 6)
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

function evaluated(state: PolicyState, packet: Packet): string {
  return evaluate(state, readFlow(state, packet)).verdict
}

export function readFlow(state: PolicyState, packet: Packet): Flow {
  const { sourcePort, destinationPort, icmp, sourceNames, destinationNames, http, ...rest } = packet
  const source = { ...peerOf(state, packet.source, packet), ...namesOf(sourceNames) }
  const destination = { ...peerOf(state, packet.destination, packet), ...namesOf(destinationNames) }
  const sent = http === undefined || http === 'NotHttp' ? http : readRequest(http)
  return { ...rest, source, destination, sourcePort, destinationPort, icmp, http: sent }
}

function namesOf(names: readonly string[] | undefined): Pick<FlowPeer, 'names'> {
  return names === undefined ? {} : { names }
}

/** A pod stands for its address of the packet's version, as in the questions of `margay query`. */
function peerOf(state: PolicyState, text: string, { ipVersion }: Packet): FlowPeer {
  const peer = state.peer(text) ?? expect.fail(`nobody is ${text}`)
  if (peer.endpoint === undefined || text !== peer.endpoint.key) return peer
  return { ...peer, address: peer.endpoint.addresses.find(({ version }) => version === ipVersion) }
}

/** For cases about resources that were never admitted. */
export function verdictOf(resources: readonly Resource[], packet: string): string {
  const { state } = buildPolicyState([...admitAll([...inhabitants]), ...resources])
  return evaluated(state, readPacket(packet))
}
