import type { Command } from 'commander'
import type { ChangeFormat } from '../diff/format-changes.ts'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import type { SourceOptions } from '../query/source-options.ts'
import { defineCommand, type Invocation } from './command.ts'
import { type IpVersionText, ipVersionOption } from './ip-version-option.ts'

interface Options extends Omit<SourceOptions, 'filename'> {
  readonly staged?: true
  readonly live?: true
  readonly ipVersion?: IpVersionText
  readonly output: ChangeFormat
}

export const diffCommand = defineCommand<Options>({
  name: 'diff',
  summary: 'Show every connection that a change of policy gains or loses',
  group: 'Offline:',
  examples: [
    ['margay diff old/ new/', 'Two directories of manifests. Exit code 0 if both mean the same, 1 if not.'],
    [
      'margay diff main:deploy/ deploy/ -o markdown',
      'A revision of Git against what is here, for a pull request.',
    ],
    [
      'margay diff --staged manifests/',
      'What is in force against the same with its staged policies enforced.',
    ],
  ],
  notes:
    'All packets that can open a connection are compared, not samples: nothing is shown exactly when both mean the same.\n' +
    'A workload that is on one side only gains or loses all of its connections. A staged policy takes the place of the\n' +
    'enforced one of its name; with stagedAction: Delete it removes it. What host endpoints decide about their nodes is not\n' +
    'worked out: those are named whose policies are not the same.\n',
  configure,
  run,
})

function configure(command: Command): void {
  command
    .argument('[old]', 'file, directory, - for standard input, or REVISION:PATH of Git')
    .argument('[new]', 'the same')
    .option('--live', 'the old side is a server as it is now')
    .option('--staged', 'compare what is in force on one side with the same, staged policies enforced')
    .option('--kubeconfig <file>', 'with --live: how to reach the server')
    .option('--context <name>', "with --live: instead of the kubeconfig's current context")
    .addOption(ipVersionOption(command))
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format')
        .choices(['table', 'wide', 'json', 'yaml', 'markdown'])
        .default('table'),
    )
}

async function run({ io, operands, options }: Invocation<Options>): Promise<ExitCode> {
  const sides = options.live === true ? [undefined, ...operands] : operands
  checkSides(sides, options)
  const { loadSide } = await import('../diff/sides.ts')
  const { changesBetween, isSame } = await import('../diff/differences.ts')
  const { formatChanges } = await import('../diff/format-changes.ts')
  const [state, next] = await Promise.all(sides.map((side) => loadSide(side, options, io)))
  if (state === undefined) throw usageError('give OLD and NEW')
  const after = next === undefined ? { state, staged: true } : { state: next }
  const version = options.ipVersion === undefined ? undefined : options.ipVersion === '4' ? 4 : 6
  const changes = changesBetween({ state }, after, version)
  io.stdout.write(await formatChanges(changes, options.output, io))
  return isSame(changes) ? exitCodes.ok : exitCodes.no
}

/** Undefined stands for a server. */
function checkSides(sides: readonly (string | undefined)[], { staged, live }: Options): void {
  const wanted = staged === true ? 1 : 2
  const names = live === true ? 'NEW' : 'OLD and NEW'
  if (sides.length > wanted)
    throw usageError(
      '--staged compares one side with itself: what is in force and what is staged stand there together',
    )
  if (sides.length < wanted)
    throw usageError(`give ${staged === true ? 'OLD' : names}, or one side and --staged`)
  if (sides.every((side) => side === '-') && sides.length === 2)
    throw usageError('only one side can be standard input')
}
