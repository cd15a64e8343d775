import type { Command } from 'commander'
import { addClientOptions } from '../api/client-options.ts'
import type { DeleteOptions } from '../api/delete-objects.ts'
import type { ExitCode } from '../errors.ts'
import { defineCommand, type Invocation } from './command.ts'

export const deleteCommand = defineCommand<DeleteOptions>({
  name: 'delete',
  summary: 'Delete objects, by name or as manifests name them',
  group: 'Against a server:',
  examples: [
    ['margay delete gnp default.deny', 'By kind and name; more names may follow.'],
    ['margay delete tier/security tier/platform', 'As TYPE/NAME.'],
    [
      'margay delete -f policies/ --ignore-not-found',
      'Whatever is in the manifests, in the order opposite to apply.',
    ],
  ],
  configure,
  run,
})

function configure(command: Command): void {
  addClientOptions(command.argument('[type]', 'kind, or kind/name').argument('[name...]', 'names of objects'))
    .option('-f, --filename <path...>', 'file, directory, or - for standard input; may be repeated')
    .option('--ignore-not-found', 'what is not there is no error')
    .addOption(
      command
        .createOption('--dry-run <where>', 'only say what would be deleted (client), or ask the server too')
        .choices(['client', 'server']),
    )
}

async function run({ io, operands, options }: Invocation<DeleteOptions>): Promise<ExitCode> {
  const { deleteObjects } = await import('../api/delete-objects.ts')
  return deleteObjects(operands, options, io)
}
