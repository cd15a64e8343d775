import type { Command } from 'commander'
import type { ApplyOptions } from '../api/apply-manifests.ts'
import { addClientOptions } from '../api/client-options.ts'
import type { ExitCode } from '../errors.ts'
import { defineCommand, type Invocation } from './command.ts'

export const applyCommand = defineCommand<ApplyOptions>({
  name: 'apply',
  summary: 'Create or change objects so that they are as manifests say',
  group: 'Against a server:',
  examples: [
    ['margay apply -f policy.yaml', 'Everything in a file; other files and directories may follow.'],
    ['cat policy.yaml | margay apply -f -', 'From standard input.'],
    ['margay apply -f policies/ --dry-run server', 'Let the server check it all, and store nothing.'],
  ],
  notes:
    'All documents are checked first: if one is wrong, nothing is written. What is named by others (namespaces,\n' +
    'tiers) is written first. Fields that somebody else has set stay, as with kubectl apply.\n',
  configure,
  run,
})

function configure(command: Command): void {
  addClientOptions(command)
    .requiredOption('-f, --filename <path...>', 'file, directory, or - for standard input; may be repeated')
    .addOption(
      command
        .createOption('--dry-run <where>', 'check only: here (client), or also on the server')
        .choices(['client', 'server']),
    )
    .addOption(
      command.createOption('-o, --output <format>', 'output format').choices(['json', 'yaml', 'name']),
    )
}

async function run({ io, options }: Invocation<ApplyOptions>): Promise<ExitCode> {
  const { applyManifests } = await import('../api/apply-manifests.ts')
  return applyManifests(options, io)
}
