import type { Command } from 'commander'
import type { ExitCode } from '../errors.ts'
import type { RestoreOptions } from '../storage/restore-backup.ts'
import { configureStore } from '../storage/store-options.ts'
import { defineCommand, type Invocation } from './command.ts'

export const restoreCommand = defineCommand<RestoreOptions>({
  name: 'restore',
  summary: 'Bring a data directory or etcd to what a backup holds',
  group: 'Offline:',
  examples: [
    ['margay restore margay.backup --data-dir /srv/margay', 'Then start the server on it.'],
    [
      'margay restore margay.backup --data-dir /var/lib/margay --replace',
      'Back to what was, after a mistake.',
    ],
    ['margay restore margay.backup --etcd-servers http://127.0.0.1:2379', 'From SQLite to etcd, or back.'],
  ],
  notes:
    'Nothing is written unless the whole backup is sound. Let no server write meanwhile: stop those that use an etcd.\n',
  configure,
  run,
})

function configure(command: Command): void {
  configureStore(
    command.argument('<file>', 'a file that margay backup wrote'),
    'of a server that is not running',
  )
  command.option('--replace', 'also where there are objects: what the backup does not have is deleted')
}

async function run({ io, operands, options }: Invocation<RestoreOptions>): Promise<ExitCode> {
  const { restoreBackup } = await import('../storage/restore-backup.ts')
  return restoreBackup(operands[0] ?? '', options, io)
}
