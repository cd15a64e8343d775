import type { Command } from 'commander'
import { addClientOptions } from '../api/client-options.ts'
import type { GetOptions } from '../api/get-options.ts'
import type { ExitCode } from '../errors.ts'
import { defineCommand, type Invocation } from './command.ts'

export const getCommand = defineCommand<GetOptions>({
  name: 'get',
  summary: 'Show objects of a server',
  group: 'Against a server:',
  examples: [
    ['margay get tiers', 'All tiers, by order.'],
    [
      'margay get networkpolicies -A -o wide',
      'Policies of all namespaces, those of Calico and of Kubernetes.',
    ],
    ['margay get gnp default.deny -o yaml', 'One object as it is stored.'],
    ['margay get pods -l app=web -w', 'Pods with a label, and every change to them until Ctrl-C.'],
  ],
  notes:
    'TYPE is a plural, singular or short name, optionally with its group: networkpolicies.projectcalico.org.\n',
  configure,
  run,
})

function configure(command: Command): void {
  addClientOptions(
    command.argument('<type[,type]>', 'kind, or kind/name').argument('[name...]', 'names of objects'),
  )
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('-l, --selector <labels>', "label selector, as app=web,tier!=db or 'app in (a, b)'")
    .option('-w, --watch', 'go on with every change, until Ctrl-C')
    .option('--output-watch-events', 'with -w: also tell whether it was added, modified or deleted')
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format')
        .choices(['table', 'wide', 'json', 'yaml', 'name'])
        .default('table'),
    )
}

async function run({ io, operands, options }: Invocation<GetOptions>): Promise<ExitCode> {
  const { getObjects } = await import('../api/get-objects.ts')
  return getObjects(operands, options, io)
}
