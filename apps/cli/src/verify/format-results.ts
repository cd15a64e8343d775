/** What became of assertions: for people, for scripts, for a pipeline. */
import { type Proof, protocolName } from '@margay/policy'
import type { Io } from '../io.ts'
import { formatData, isDataFormat } from '../output/data.ts'
import { type Style, styleFor } from '../output/style.ts'
import { type Cell, renderTable, visible } from '../output/table.ts'
import { requestToPlain } from '../query/read-http.ts'
import { formatJunit } from './format-junit.ts'
import { formatVerdict, stagesOf } from './packet.ts'
import type { Verified } from './verify.ts'

export type VerifyFormat = 'table' | 'json' | 'yaml' | 'junit'

export async function formatResults(
  results: readonly Verified[],
  format: VerifyFormat,
  { stdout, env }: Pick<Io, 'stdout' | 'env'>,
): Promise<string> {
  if (isDataFormat(format)) return formatData(toPlain(results), format)
  if (format === 'junit') return formatJunit(results)
  const style = styleFor(stdout, env)
  const table = renderTable(
    ['NAME', 'REQUIRE', 'RESULT', 'PACKET'],
    results.map((it) => rowOf(it, style)),
  )
  return table + results.map((it) => formatProof(it, style)).join('')
}

const words = { holds: 'holds', broken: 'broken', vacuous: 'says nothing', unknown: 'unknown' } as const

function rowOf({ assertion, result, packet }: Verified, { good, bad, mixed }: Style): Cell[] {
  const paint = { holds: good, broken: bad, vacuous: mixed, unknown: bad }[result]
  const shown = packet === undefined ? '' : packet.text
  return [assertion.metadata.name, assertion.spec.require, { text: words[result], paint }, shown]
}

function formatProof({ assertion: { metadata, spec }, packet }: Verified, { bad, faint }: Style): string {
  if (packet === undefined) return ''
  const lines = [
    '',
    `${bad(visible(metadata.name))}: ${visible(formatVerdict(packet))}`,
    ...(spec.description === undefined ? [] : [`  ${visible(spec.description)}`]),
    ...stagesOf(packet).map((line) => faint(`  ${visible(line)}`)),
  ]
  return `${lines.join('\n')}\n`
}

/** `{holds, assertions: [{name, require, mode, description?, result, why?, packet?}]}`. */
function toPlain(results: readonly Verified[]): object {
  return {
    holds: results.every(({ result }) => result === 'holds' || result === 'vacuous'),
    assertions: results.map(({ assertion: { metadata, spec }, result, why, packet }) => ({
      name: metadata.name,
      require: spec.require,
      mode: spec.mode,
      ...(spec.description === undefined ? {} : { description: spec.description }),
      result,
      ...(why === undefined ? {} : { why }),
      ...(packet === undefined ? {} : { packet: packetToPlain(packet) }),
    })),
  }
}

function packetToPlain({ flow, from, to, verdict, trace }: Proof): object {
  const { ipVersion, protocol, sourcePort, destinationPort, icmp, http } = flow
  return {
    from,
    to,
    ipVersion,
    protocol: protocolName(protocol),
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(destinationPort === undefined ? {} : { port: destinationPort }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(http === undefined ? {} : { http: http === 'NotHttp' ? http : requestToPlain(http) }),
    verdict,
    trace,
  }
}
