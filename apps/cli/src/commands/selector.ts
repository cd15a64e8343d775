import type { Command } from 'commander'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options {
  readonly selector?: string
  readonly labels?: string
  readonly cases?: string
}

export const selectorCommand = defineCommand<Options>({
  name: 'selector',
  summary: 'Tell whether a selector matches labels',
  group: 'Offline:',
  examples: [
    [
      `margay selector --labels '{"app": "web"}' --selector "app in {'web', 'api'}"`,
      'Prints true or false (exit code 0 or 1).',
    ],
    [
      'margay selector --cases cases.json',
      'Many at once: [{"selector": "has(app)", "labels": {}}] gives true, false or "error" for each.',
    ],
  ],
  notes:
    'The grammar is that of projectcalico.org/v3. A malformed selector: exit code 2, with its position.\n',
  configure,
  run,
})

function configure(command: Command): void {
  command
    .option('-s, --selector <text>', 'the selector; an empty one selects everything')
    .option('-l, --labels <json>', 'labels as a JSON object of texts (default: none)')
    .option('--cases <file>', 'a JSON file with many selectors and labels; - for standard input')
}

async function run({ io, options }: Invocation<Options>): Promise<ExitCode> {
  const { selector, labels, cases } = options
  if (cases !== undefined) {
    if (selector !== undefined || labels !== undefined)
      throw usageError('--cases stands alone: selectors and labels are in its file')
    const { answerCases } = await import('../selector/answer-cases.ts')
    io.stdout.write(`${JSON.stringify(await answerCases(cases, io))}\n`)
    return exitCodes.ok
  }
  if (selector === undefined) throw usageError('--selector or --cases is required')
  const { selects } = await import('../selector/selects.ts')
  const answer = selects(selector, labels ?? '{}')
  io.stdout.write(`${answer}\n`)
  return answer ? exitCodes.ok : exitCodes.no
}
