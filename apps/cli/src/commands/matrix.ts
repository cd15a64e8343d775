import type { Command } from 'commander'
import { type ExitCode, exitCodes } from '../errors.ts'
import type { MatrixFormat } from '../matrix/write-matrix.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options {
  readonly filename?: readonly string[]
  readonly lab: string
  readonly kubeconfig?: string
  readonly output: MatrixFormat
  readonly probe: boolean
}

export const matrixCommand = defineCommand<Options>({
  name: 'matrix',
  summary: 'Show which pod reaches which, and what blocks the rest',
  group: 'In a lab:',
  examples: [
    ['margay matrix', 'Of the running lab, measured by real connections.'],
    ['margay matrix -f examples', 'Of manifests, as policy says, without any server.'],
  ],
  notes:
    'Pods are tried at each TCP and UDP port that they listen at, over IPv4 and IPv6. For what is blocked it names the\n' +
    'tier, the policy and the rule. Exit code 1 when the kernel does otherwise than policy says.\n',
  configure,
  run,
})

function configure(command: Command): void {
  command
    .option('-f, --filename <path...>', 'manifests (file, directory, - for standard input) instead of a lab')
    .option('--lab <name>', 'which running lab', 'demo')
    .option('--kubeconfig <file>', "how to reach the lab's server (default: the lab's own)")
    .option('--no-probe', 'only what policy says: send no packets')
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format')
        .choices(['table', 'wide', 'json', 'yaml'])
        .default('table'),
    )
}

async function run({ io, options }: Invocation<Options>): Promise<ExitCode> {
  const { findingsOfLab, findingsOfManifests } = await import('../matrix/findings.ts')
  const { disagreements } = await import('../matrix/measure.ts')
  const { writeMatrix } = await import('../matrix/write-matrix.ts')
  const { filename } = options
  const findings =
    filename === undefined ? await findingsOfLab(options, io) : await findingsOfManifests(filename, io)
  await writeMatrix(findings, options.output, io)
  return disagreements(findings).length === 0 ? exitCodes.ok : exitCodes.no
}
