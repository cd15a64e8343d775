import { Argument, type Command } from 'commander'
import type { RotateOptions } from '../encryption/rotate.ts'
import type { StatusOptions } from '../encryption/show-status.ts'
import { type ExitCode, usageError } from '../errors.ts'
import { defineCommand, type Invocation } from './command.ts'

type Options = StatusOptions & RotateOptions

export const encryptionCommand = defineCommand<Options>({
  name: 'encryption',
  summary: 'Show which nodes encrypt what they send each other, or make new keys',
  group: 'Against a server:',
  examples: [
    ['margay encryption status', 'Each node, node by node who sends to whom encrypted, and what is wrong.'],
    [
      'margay encryption status --fail-on-clear',
      'For pipelines: exit code 1 unless every pair is encrypted.',
    ],
    ['margay encryption status -o json', 'With ages of handshakes and bytes of each pair.'],
    ['margay encryption rotate node-1 --wait', 'Another key for a node, and waits until it is published.'],
    ['margay encryption rotate --all --wait --timeout 2m', 'For all nodes that have one.'],
  ],
  notes:
    'What a row sends to a column is "encrypted", "clear" (in plain text), "dropped" (it would be clear, but encryption is\n' +
    'required), "waiting" (there is no session: never a handshake, or no answer; nothing goes in the clear), or "unknown" (nothing\n' +
    "was heard of the row's agent for 60 s, or it tells nothing). Beyond 16 nodes nodes that are alike are one line, unless -o wide.\n",
  configure,
  run,
})

function configure(command: Command): void {
  command
    .addArgument(new Argument('<action>', 'what to do').choices(['status', 'rotate']))
    .argument('[node...]', 'with rotate: names of nodes')
    .option('--kubeconfig <file>', 'how to reach the server')
    .option('--context <name>', "instead of the kubeconfig's current context")
    .option('--fail-on-clear', 'with status: exit code 1 if any pair of nodes is not encrypted')
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format of status')
        .choices(['table', 'wide', 'json', 'yaml'])
        .default('table'),
    )
    .option('--all', 'with rotate: all nodes that publish a key')
    .option('--wait', 'with rotate: until each has published another key')
    .option('--timeout <time>', 'with --wait: for how long at most', '30s')
}

async function run({ io, operands, options }: Invocation<Options>): Promise<ExitCode> {
  const [action, ...nodes] = operands
  if (action === 'rotate') {
    const { rotateKeys } = await import('../encryption/rotate.ts')
    return rotateKeys(nodes, options, io)
  }
  if (nodes.length > 0) throw usageError('status is of all nodes; give no names')
  const { showStatus } = await import('../encryption/show-status.ts')
  return showStatus(options, io)
}
