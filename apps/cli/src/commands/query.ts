import type { Command } from 'commander'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import { addConnectionOptions, peerNotes } from '../query/connection-options.ts'
import type { QueryFlags } from '../query/read-queries.ts'
import { addSourceOptions, type SourceOptions } from '../query/source-options.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options extends SourceOptions, QueryFlags {
  readonly queries?: string
  readonly staged?: true
  readonly explain?: true
  readonly output: 'table' | 'wide' | 'json' | 'yaml'
}

export const queryCommand = defineCommand<Options>({
  name: 'query',
  summary: 'Ask manifests, or a server, who may talk to whom',
  group: 'Offline:',
  examples: [
    [
      'margay query -f manifests/ --from shop/web --to shop/db --port 5432 --explain',
      'Prints Allow or Deny (exit code 0 or 1), and every policy that took part.',
    ],
    [
      'margay query -f manifests/ --queries queries.json -o json',
      'Many at once: [{"id": "1", "from": "shop/web", "to": "10.0.0.1", "protocol": "TCP", "port": 80}].',
    ],
    [
      'margay query --from shop/web --to svc/shop/db --port 5432/tcp --staged',
      'Of a server, about the pods behind a service, as if the staged policies were enforced.',
    ],
  ],
  notes:
    peerNotes +
    'Queries in a file may also have sourcePort, icmpType, icmpCode, ipVersion, fromIp, toIp, toNames, method, path and\n' +
    'headers (values by name).\n' +
    'Kinds that Margay does not know are passed over; namespaces without a manifest are taken to exist.\n',
  configure,
  run,
})

function configure(command: Command): void {
  addConnectionOptions(
    addSourceOptions(command).option(
      '--queries <file>',
      'JSON list of {id, from, to, protocol?, port?, …}; - for standard input',
    ),
  )
    .option('--explain', 'tell which tiers, policies and rules decided')
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format')
        .choices(['table', 'wide', 'json', 'yaml'])
        .default('table'),
    )
}

async function run({ io, options }: Invocation<Options>): Promise<ExitCode> {
  const isSingle = checkOptions(options)
  const { readQueries, singleQuery } = await import('../query/read-queries.ts')
  const { noteOf } = await import('../query/read-http.ts')
  const { answerQueries } = await import('../query/answer-queries.ts')
  const { formatAnswers } = await import('../query/format-answers.ts')
  const { loadWorld } = await import('../query/world.ts')
  const queries = isSingle ? [singleQuery(options)] : await readQueries(options.queries ?? '', io)
  for (const { http } of queries) io.stderr.write(noteOf(http))
  const { resources } = await loadWorld(options, io)
  const answers = answerQueries(resources, queries, io, options)
  io.stdout.write(await formatAnswers(answers, { ...options, isSingle }, io))
  return isSingle && answers.some(({ verdict }) => verdict !== 'Allow') ? exitCodes.no : exitCodes.ok
}

/** Whether the query comes by flags. */
function checkOptions(options: Options): boolean {
  const { queries, from, to, filename = [] } = options
  const hasFlags = [from, to, options.protocol, options.port].some((flag) => flag !== undefined)
  if (queries !== undefined && hasFlags)
    throw usageError('--queries goes without --from, --to, --protocol and --port')
  const { sourcePort, icmpType, icmpCode, ipVersion, fromIp, toIp, toName, http, header } = options
  const details = [sourcePort, icmpType, icmpCode, ipVersion, fromIp, toIp, toName, http, header]
  if (queries !== undefined && details.some((flag) => flag !== undefined))
    throw usageError('with --queries the file says all about its connections; only --staged goes with it')
  if (queries === '-' && filename.includes('-'))
    throw usageError('only one of -f and --queries can be standard input')
  if (queries !== undefined) return false
  if (from === undefined || to === undefined) throw usageError('give --queries FILE, or --from and --to')
  return true
}
