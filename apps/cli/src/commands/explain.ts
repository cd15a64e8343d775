import type { Command } from 'commander'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import { addConnectionOptions, peerNotes } from '../query/connection-options.ts'
import type { QueryFlags } from '../query/read-queries.ts'
import { addSourceOptions, type SourceOptions } from '../query/source-options.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options extends SourceOptions, QueryFlags {
  readonly staged?: true
  readonly output: 'text' | 'json' | 'yaml'
}

export const explainCommand = defineCommand<Options>({
  name: 'explain',
  summary: 'Tell why a connection is allowed or denied, and what would change that',
  group: 'Offline:',
  examples: [
    [
      'margay explain -f manifests/ --from shop/web --to shop/db --port 5432/tcp',
      'Every policy that was asked, why its rules did not match, and the smallest change that turns the verdict.',
    ],
    [
      "margay explain --from shop/web --to svc/shop/api --port 80 --http 'GET /admin' --header 'X-Team: a'",
      'Of a server, about an HTTP request through a service.',
    ],
  ],
  notes:
    peerNotes +
    'Exit code 0 if the connection is allowed, 1 if not. A change that is proposed was applied and evaluated; it is only printed.\n',
  configure,
  run,
})

function configure(command: Command): void {
  addConnectionOptions(addSourceOptions(command)).addOption(
    command
      .createOption('-o, --output <format>', 'output format')
      .choices(['text', 'json', 'yaml'])
      .default('text'),
  )
}

async function run({ io, options }: Invocation<Options>): Promise<ExitCode> {
  const { from, to, output } = options
  if (from === undefined || to === undefined) throw usageError('give --from and --to')
  const { singleQuery } = await import('../query/read-queries.ts')
  const { noteOf } = await import('../query/read-http.ts')
  const { loadWorld } = await import('../query/world.ts')
  const { explainQuery } = await import('../explain/explain-query.ts')
  const { Origins } = await import('../explain/origins.ts')
  const { writeExplanation } = await import('../explain/write-explanation.ts')
  const query = singleQuery(options)
  io.stderr.write(noteOf(query.http))
  const origins = new Origins(await loadWorld(options, io))
  const explained = explainQuery(origins, query, io, options)
  await writeExplanation(explained, origins, output, io)
  return explained.verdict === 'Allow' ? exitCodes.ok : exitCodes.no
}
