import type { Command } from 'commander'
import { type ExitCode, exitCodes } from '../errors.ts'
import { formatData } from '../output/data.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options {
  readonly filename: readonly string[]
  readonly output: 'table' | 'wide' | 'json' | 'yaml'
}

export const validateCommand = defineCommand<Options>({
  name: 'validate',
  summary: 'Check manifests as the server would, without any server',
  group: 'Offline:',
  examples: [
    ['margay validate -f policy.yaml -f manifests/', 'A file, and everything in a directory.'],
    [
      'kubectl get networkpolicies -A -o yaml | margay validate -f - -o json',
      'For scripts: a list of {kind, name, valid, errors, warnings, file, line}.',
    ],
  ],
  notes:
    'For each wrong field it says where it is and what is allowed. Exit code 1 if an object is invalid; what is legal and looks\nlike a mistake is a warning.\n',
  configure,
  run,
})

function configure(command: Command): void {
  command
    .requiredOption('-f, --filename <path...>', 'file, directory, or - for standard input; may be repeated')
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format')
        .choices(['table', 'wide', 'json', 'yaml'])
        .default('table'),
    )
}

async function run({ io, options: { filename, output } }: Invocation<Options>): Promise<ExitCode> {
  const { readDocumentsAndErrors } = await import('../manifests/read-documents.ts')
  const { validateDocuments } = await import('../validate/validate-documents.ts')
  const { formatValidation } = await import('../validate/format-validation.ts')
  const results = validateDocuments(await readDocumentsAndErrors(filename, io))
  const isData = output === 'json' || output === 'yaml'
  io.stdout.write(isData ? await formatData(results, output) : formatValidation(results, io))
  return results.every(({ valid }) => valid) ? exitCodes.ok : exitCodes.no
}
