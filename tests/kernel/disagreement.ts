/** Where kernel and evaluator answer differently, in words that suffice to see it again. */
import type { ProbeResult } from '@margay/lab'
import { type Decision, evaluate, formatTrace, type PolicyState, protocolName } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { type Cast, flowOf, formatManifest, type Packet } from '@margay/testkit'

export interface Expectation {
  readonly packet: Packet
  readonly arrives: boolean
  /** Undefined when there is nobody whose policy could be asked. */
  readonly decision: Decision | undefined
}

export interface Disagreement extends Expectation {
  readonly result: ProbeResult
}

/** An interface of a pod that policy does not know is closed, to and from it. Source: spec/dataplane.md 1.6. */
export function expectationOf(state: PolicyState, cast: Cast, packet: Packet): Expectation {
  const isSeat = (address: string) => cast.seats.some(({ addresses }) => addresses.includes(address))
  const flow = flowOf(state, packet)
  const isUnknown =
    (isSeat(packet.sourceIp) && flow.source.endpoint === undefined) ||
    (isSeat(packet.destinationIp) && flow.destination.endpoint === undefined)
  if (isUnknown) return { packet, arrives: isToItself(cast, packet), decision: undefined }
  const decision = evaluate(state, flow)
  return { packet, arrives: decision.verdict === 'Allow', decision }
}

/** Nothing leaves the pod's own network namespace, so nobody is there to drop it. */
function isToItself(cast: Cast, { sourceIp, destinationIp }: Packet): boolean {
  return cast.seats.some(({ addresses }) => addresses.includes(sourceIp) && addresses.includes(destinationIp))
}

export function formatDisagreement(
  { packet, arrives, decision, result }: Disagreement,
  objects: readonly ResourceObject[],
  note: string,
): string {
  const trace = decision === undefined ? ['a pod that policy does not know is closed'] : formatTrace(decision)
  return [
    `${formatPacket(packet)}`,
    `evaluator: ${arrives ? 'Allow' : 'Deny'}`,
    ...trace.map((line) => `  ${line}`),
    `kernel: ${result.outcome}, ${result.detail}`,
    note,
    '',
    formatManifest(objects),
  ].join('\n')
}

function formatPacket({ sourceIp, destinationIp, protocol, icmp, ...ports }: Packet): string {
  const port = (number: number | undefined) => (number === undefined ? '' : ` port ${number}`)
  const message = icmp === undefined ? '' : ` type ${icmp.type} code ${icmp.code}`
  const [from, to] = [port(ports.sourcePort), port(ports.destinationPort)]
  return `${protocolName(protocol)}${message} from ${sourceIp}${from} to ${destinationIp}${to}`
}
