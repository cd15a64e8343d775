import type { Command } from 'commander'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options {
  readonly filename: readonly string[]
  readonly queries?: string
  readonly from?: string
  readonly to?: string
  readonly protocol?: string
  readonly port?: string
  readonly explain?: true
  readonly output: 'table' | 'wide' | 'json' | 'yaml'
}

export const queryCommand = defineCommand<Options>({
  name: 'query',
  summary: 'Ask manifests who may talk to whom, without any server',
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
  ],
  notes:
    'from and to are namespace/pod, namespace/workload (a Deployment and the like) or an IP address.\n' +
    'Kinds that Margay does not know are passed over; namespaces without a manifest are taken to exist.\n',
  configure,
  run,
})

function configure(command: Command): void {
  command
    .requiredOption('-f, --filename <path...>', 'file, directory, or - for standard input; may be repeated')
    .option('--queries <file>', 'JSON list of {id, from, to, protocol?, port?}; - for standard input')
    .option('--from <peer>', 'who connects')
    .option('--to <peer>', 'to whom')
    .option('--protocol <name>', 'TCP, UDP, SCTP, ICMP, ICMPv6, or a number from 0 to 255 (default: TCP)')
    .option('--port <number>', 'destination port')
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
  const { answerQueries } = await import('../query/answer-queries.ts')
  const { formatAnswers } = await import('../query/format-answers.ts')
  const { readDocuments } = await import('../manifests/read-documents.ts')
  const { loadResources, withImpliedNamespaces } = await import('../query/load-resources.ts')
  const queries = isSingle ? [singleQuery(options)] : await readQueries(options.queries ?? '', io)
  const resources = withImpliedNamespaces(loadResources(await readDocuments(options.filename, io), io))
  const answers = answerQueries(resources, queries, io)
  io.stdout.write(await formatAnswers(answers, { ...options, isSingle }, io))
  return isSingle && answers.some(({ decision }) => decision.verdict === 'Deny') ? exitCodes.no : exitCodes.ok
}

/** Whether the query comes by flags. */
function checkOptions({ queries, from, to, protocol, port, filename }: Options): boolean {
  const hasFlags = [from, to, protocol, port].some((flag) => flag !== undefined)
  if (queries !== undefined && hasFlags)
    throw usageError('--queries goes without --from, --to, --protocol and --port')
  if (queries === '-' && filename.includes('-'))
    throw usageError('only one of -f and --queries can be standard input')
  if (queries !== undefined) return false
  if (from === undefined || to === undefined) throw usageError('give --queries FILE, or --from and --to')
  return true
}
