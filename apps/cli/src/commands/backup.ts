import type { Command } from 'commander'
import type { ExitCode } from '../errors.ts'
import { configureStore, type StoreOptions } from '../storage/store-options.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options extends StoreOptions {
  readonly file: string
}

export const backupCommand = defineCommand<Options>({
  name: 'backup',
  summary: 'Write all objects to a file, as they are at one moment',
  group: 'Offline:',
  examples: [
    ['margay backup margay.backup --data-dir /var/lib/margay', 'The server may run, and goes on.'],
    [
      'margay backup margay.backup --etcd-servers https://etcd:2379 --etcd-cafile ca.pem',
      'Of etcd, while servers use it.',
    ],
  ],
  notes:
    'The file has every object, secrets too, and is readable by its owner alone. It ends in a checksum. Private keys that nodes\n' +
    'keep in secrets (wireguard-NODE in margay-system) are left out: nodes make them anew.\n' +
    'Certificates (pki) and the audit log are files in the data directory: copy them as files, after the backup;\n' +
    'it tells up to which revision the audit log had the record of every write.\n',
  configure,
  run,
})

function configure(command: Command): void {
  configureStore(command.argument('<file>', 'what to write; it must not exist'), 'of a server, which may run')
}

async function run({ io, operands, options }: Invocation<Options>): Promise<ExitCode> {
  const { writeBackup } = await import('../storage/write-backup.ts')
  return writeBackup(operands[0] ?? '', options, io)
}
