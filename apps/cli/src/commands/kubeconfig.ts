import { Argument, type Command } from 'commander'
import type { KubeconfigOptions } from '../credentials/write-kubeconfig.ts'
import type { ExitCode } from '../errors.ts'
import { defineCommand, type Invocation } from './command.ts'

export const kubeconfigCommand = defineCommand<KubeconfigOptions>({
  name: 'kubeconfig',
  summary: 'Issue credentials for a node or a user, as a kubeconfig',
  group: 'Offline:',
  examples: [
    [
      'margay kubeconfig node node-1 --server https://margay.example.com:6443 --out node-1.kubeconfig',
      'For the agent of a node: margay agent --node node-1 --kubeconfig node-1.kubeconfig',
    ],
    [
      'margay kubeconfig user ann --group shop-team --validity-period 30d > ann.kubeconfig',
      'For a user, whose rights are those that roles give to ann or to shop-team.',
    ],
  ],
  notes:
    "Run it where the server's data directory is, as who may read its key; the server may be running. A node is the user\n" +
    'system:node:NAME of the group system:nodes: it reads what an agent needs, and writes its own status alone.\n' +
    'What was issued holds a private key, and is good until it ends: it can not be taken back.\n',
  configure,
  run,
})

function configure(command: Command): void {
  command
    .addArgument(new Argument('<for>', 'whom it is for').choices(['node', 'user']))
    .argument('<name>', 'of the node, as in spec.nodeName of pods, or of the user')
    .option('--group <name...>', 'groups of the user; may be repeated')
    .option('--server <url>', "how the server is called (default: as in the data directory's kubeconfig)")
    .option('--validity-period <time>', 'how long it is good, such as 12h or 90d', '365d')
    .option('--out <file>', 'write it there, readable by the owner alone, instead of printing it')
    .option('--data-dir <directory>', "the server's (default: /var/lib/margay for root)")
}

async function run({ io, operands, options }: Invocation<KubeconfigOptions>): Promise<ExitCode> {
  const { writeKubeconfig } = await import('../credentials/write-kubeconfig.ts')
  const [whom, name = ''] = operands
  return writeKubeconfig(whom === 'node' ? { node: name } : { user: name }, options, io)
}
