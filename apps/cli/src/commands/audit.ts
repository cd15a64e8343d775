import { Argument, type Command } from 'commander'
import type { AuditLogOptions } from '../audit/show-log.ts'
import type { ExitCode } from '../errors.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options extends AuditLogOptions {
  readonly head?: string
}

export const auditCommand = defineCommand<Options>({
  name: 'audit',
  summary: 'Show who changed what, or prove that the record of it is whole',
  group: 'Offline:',
  examples: [
    [
      'margay audit log --dir /var/lib/margay/audit --kind networkpolicy --name web --since 24h',
      'What became of a policy in a day, as differences.',
    ],
    [
      'margay audit log --dir one/audit --dir other/audit --since 1h -o table',
      'Of several servers on one etcd, in the order of time.',
    ],
    ['margay audit log --dir audit --user ann -o json', 'Everything that somebody did, one record a line.'],
    [
      'margay audit verify --dir /var/lib/margay/audit',
      'No record was changed, removed or moved, or where one was (exit code 1). Prints the head of the log.',
    ],
    [
      'margay audit verify --dir audit --head 1042:sha256:9f86d081884c7d65…',
      'Also that the log still leads through a head that was noted elsewhere: then nothing was cut off either.',
    ],
  ],
  notes: 'Times are RFC 3339, a date, or an age such as 90m, 24h or 7d.\n',
  configure,
  run,
})

function configure(command: Command): void {
  command
    .addArgument(new Argument('<action>', 'what to do').choices(['log', 'verify']))
    .addOption(
      command
        .createOption(
          '--dir <directory>',
          'where the log is: audit in the data directory of the server; may be repeated',
        )
        .argParser((directory: string, before: readonly string[] = []) => [...before, directory])
        .makeOptionMandatory(),
    )
    .option('--kind <kind>', 'only of this kind')
    .option('--name <name>', 'only of objects with this name')
    .option('-n, --namespace <name>', 'only of this namespace')
    .option('--user <name>', 'only what this user did')
    .option('--verb <verb>', 'only create, update, patch, delete, ...')
    .option('--since <time>', 'not before')
    .option('--until <time>', 'not after')
    .option('--head <number:hash>', 'with verify: a head of the log that was noted before')
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format of log')
        .choices(['diff', 'table', 'json', 'yaml'])
        .default('diff'),
    )
}

async function run({ io, operands, options }: Invocation<Options>): Promise<ExitCode> {
  if (operands[0] === 'verify') {
    const { verifyAudit } = await import('../audit/verify.ts')
    return verifyAudit(options, io)
  }
  const { showLog } = await import('../audit/show-log.ts')
  return showLog(options, io)
}
