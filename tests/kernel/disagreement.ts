/** Where kernel and evaluator answer differently, in words that suffice to see it again. */
import type { ProbeResult } from '@margay/lab'
import { type Decision, evaluate, formatTrace, type PolicyState, protocolName } from '@margay/policy'
import { type Cast, flowOf, type Packet } from '@margay/testkit'

export interface Expectation {
  readonly packet: Packet
  readonly arrives: boolean
  /** Undefined when there is nobody whose policy could be asked. */
  readonly decision: Decision | undefined
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

export function formatDisagreement({ packet, arrives, decision }: Expectation, result: ProbeResult): string {
  const trace = decision === undefined ? ['a pod that policy does not know is closed'] : formatTrace(decision)
  return [
    formatPacket(packet),
    `evaluator: ${arrives ? 'Allow' : 'Deny'}`,
    ...trace.map((line) => `  ${line}`),
    `kernel: ${result.outcome}, ${result.detail}`,
  ].join('\n')
}

export function formatPacket({ sourceIp, destinationIp, protocol, icmp, ...ports }: Packet): string {
  const port = (number: number | undefined) => (number === undefined ? '' : ` port ${number}`)
  const message = icmp === undefined ? '' : ` type ${icmp.type} code ${icmp.code}`
  const [from, to] = [port(ports.sourcePort), port(ports.destinationPort)]
  return `${protocolName(protocol)}${message} from ${sourceIp}${from} to ${destinationIp}${to}`
}

/** The lines that only one of them has, as `-` before and `+` after; an empty text when they are equal. */
export function formatDifference(before: string, after: string): string {
  const [left, right] = [before.split('\n'), after.split('\n')]
  const only = (lines: string[], others: string[], mark: string) =>
    lines.filter((line) => !others.includes(line)).map((line) => `${mark} ${line.trim()}`)
  const lines = [...only(left, right, '-'), ...only(right, left, '+')]
  return lines.length === 0 && before !== after ? 'the same lines in another order' : lines.join('\n')
}
