import type { Command } from 'commander'
import { type ExitCode, environmentError } from '../errors.ts'
import type { RunLabOptions } from '../lab/run-lab.ts'
import { parsePort } from '../parse-port.ts'
import { type StopOptions, stopSignal, stopWithStdin } from '../stop-signal.ts'
import { defineCommand, type Invocation } from './command.ts'

type Options = Omit<RunLabOptions, 'port'> & StopOptions & { readonly port: string }

export const labCommand = defineCommand<Options>({
  name: 'lab',
  summary: 'Run a cluster of pods on this machine, with an API server and agents',
  group: 'In a lab:',
  examples: [
    [
      'margay lab --topology examples/lab --policies examples/policies',
      'Shows who reaches whom before and after the policies; stays until Ctrl-C.',
    ],
    [
      'margay lab --topology examples/lab --policies examples/policies --once',
      'The same, and ends by itself: exit code 0 if the kernel did what policy says.',
    ],
  ],
  notes:
    'Each pod is a network namespace with real listeners at its containerPorts, on nodes that route between them.\n' +
    'Needs root. All that it makes is gone when it ends; what a killed one left is removed by the next.\n',
  configure,
  run,
})

function configure(command: Command): void {
  command
    .requiredOption('--topology <path...>', 'manifests of the namespaces, service accounts and pods')
    .option('--policies <path...>', 'manifests to apply once everything runs')
    .option('--name <name>', 'several labs can run at once under different names', 'demo')
    .option('--port <number>', "the API server's port; 0 takes a free one", '0')
    .option('--no-agents', 'without agents: nobody enforces, until you start one')
    .option('--once', 'show the matrix, clean up and end')
    .option(...stopWithStdin)
}

async function run({ io, options }: Invocation<Options>): Promise<ExitCode> {
  if (!io.isRoot) throw environmentError('the lab needs root, to make network namespaces')
  const { runLab } = await import('../lab/run-lab.ts')
  return runLab({ ...options, port: parsePort(options.port) }, stopSignal(io, options), io)
}
