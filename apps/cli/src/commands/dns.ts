import { Argument, type Command } from 'commander'
import type { CacheOptions } from '../dns/show-cache.ts'
import type { ExitCode } from '../errors.ts'
import { addSourceOptions } from '../query/source-options.ts'
import { defineCommand, type Invocation } from './command.ts'

export const dnsCommand = defineCommand<CacheOptions>({
  name: 'dns',
  summary: 'Show which names of DNS a node knows, by which policies, and until when',
  group: 'Offline:',
  examples: [
    [
      'margay dns cache --node node-1',
      'Each name with its addresses and aliases, who told it to whom, and for how long it is known.',
    ],
    [
      'margay dns cache --node node-1 --name example.com --kubeconfig admin.kubeconfig',
      'Also which rules of which policies it is for.',
    ],
    ['margay dns cache --state-directory /var/lib/margay/agent/node-1 -o json', 'For scripts.'],
  ],
  notes:
    'Read from what the agent of this node keeps, as root; it need not run. Names of which no policy speaks are shown with --all.\n' +
    'Policies are those of -f, or of the server of --kubeconfig; without either, none are told.\n',
  configure,
  run,
})

function configure(command: Command): void {
  addSourceOptions(command)
    .addArgument(new Argument('<what>', 'what to show').choices(['cache']))
    .option('--node <name>', 'the name of this node')
    .option(
      '--state-directory <path>',
      'where its agent keeps what it knows (default: /var/lib/margay/agent/NODE)',
    )
    .option('--name <domain>', 'only names that end with this one')
    .option('--all', 'also names of which no policy of the node speaks')
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format')
        .choices(['table', 'json', 'yaml'])
        .default('table'),
    )
}

async function run({ io, options }: Invocation<CacheOptions>): Promise<ExitCode> {
  const { showCache } = await import('../dns/show-cache.ts')
  return showCache(options, io)
}
