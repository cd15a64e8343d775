import type { Command } from 'commander'
import type { ConnectionFormat } from '../connectivity/format-connections.ts'
import { type ExitCode, exitCodes } from '../errors.ts'
import { collect } from '../query/connection-options.ts'
import { addSourceOptions, type SourceOptions } from '../query/source-options.ts'
import { defineCommand, type Invocation } from './command.ts'
import { type IpVersionText, ipVersionOption } from './ip-version-option.ts'

interface Options extends SourceOptions {
  readonly from?: string
  readonly to?: string
  readonly http?: string
  readonly header?: readonly string[]
  readonly staged?: true
  readonly hosts?: true
  readonly ipVersion?: IpVersionText
  readonly output: ConnectionFormat
}

export const connectivityCommand = defineCommand<Options>({
  name: 'connectivity',
  summary: 'Show who can talk to whom, exactly',
  group: 'Offline:',
  examples: [
    [
      'margay connectivity -f manifests/',
      'Everything that is possible; workloads that are alike share a line.',
    ],
    ['margay connectivity -f manifests/ --to shop/db', 'Who reaches one workload.'],
    [
      "margay connectivity -f manifests/ --http 'GET /admin'",
      'Who can send such a request, over which ports.',
    ],
    ['margay connectivity -f manifests/ --hosts --to host/n1-eth0', 'Who reaches a node by a host endpoint.'],
    ['margay connectivity -f manifests/ -o mermaid', 'A picture for a document; dot and svg are others.'],
  ],
  notes:
    'All packets that can open a connection are looked at, not samples: ports, ICMP messages, all 256 protocols, every address.\n' +
    "A workload may always talk to itself, which is not shown. Of a prefix, those addresses are meant that are not a workload's.\n" +
    'Where rules with http let some requests through only, a column says which: … stands for every method and path that no rule\n' +
    'for the receiver names, and /a/… for all that is below /a and not named.\n' +
    'Addresses outside that rules know by names of DNS are ends called domain NAME: wherever they are, with what may be sent to them\n' +
    'besides what may be sent to any address there.\n' +
    'With --hosts, host endpoints are ends called host/NAME, at their expected addresses, which are not outside then: all stages that a\n' +
    'packet passes on both nodes count, failsafe ports included. Pods of the same node may be treated otherwise than those of\n' +
    'other nodes. A node may talk to itself in its own way, which is not shown, and destination NAT is not looked at.\n',
  configure,
  run,
})

function configure(command: Command): void {
  addSourceOptions(command)
    .option('--from <peer>', 'only from this workload, namespace, prefix or host/NAME')
    .option('--to <peer>', 'only to this workload, namespace, prefix or host/NAME')
    .option('--http <request>', "only connections that such a request can be made over, as 'GET /api'")
    .option('--header <line>', "a header of that request, as 'X-Team: a'; may be repeated", collect)
    .option('--hosts', 'host endpoints too: who reaches the nodes themselves, and whom they reach')
    .option('--staged', 'as if staged policies were enforced')
    .addOption(ipVersionOption(command))
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format')
        .choices(['table', 'wide', 'json', 'yaml', 'csv', 'dot', 'svg', 'mermaid'])
        .default('table'),
    )
}

async function run({ io, options }: Invocation<Options>): Promise<ExitCode> {
  const { loadState } = await import('../query/load-state.ts')
  const { noteOf, readHttp } = await import('../query/read-http.ts')
  const { connectionRows } = await import('../connectivity/connections.ts')
  const { formatConnections } = await import('../connectivity/format-connections.ts')
  const { ipVersion, output, http, header, ...others } = options
  const request = readHttp({ http, headers: header }, true, (field) =>
    field === 'headers' ? '--header' : `--${field}`,
  )
  io.stderr.write(noteOf(request))
  const state = await loadState(options, io)
  const asked = {
    ...(ipVersion === undefined ? {} : ({ ipVersion: ipVersion === '4' ? 4 : 6 } as const)),
    ...(request === undefined ? {} : { request }),
  }
  io.stdout.write(await formatConnections(connectionRows(state, { ...others, ...asked }), output, request))
  return exitCodes.ok
}
