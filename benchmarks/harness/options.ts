import { parseArgs } from 'node:util'
import type { Group, Suite } from './bench.ts'

export interface Options {
  readonly groups: readonly Group[]
  readonly isJson: boolean
  readonly isList: boolean
  readonly isQuick: boolean
  readonly isSave: boolean
  readonly isHelp: boolean
}

/** Something that the command line can't mean; one line for a person. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Without groups all of them. @throws UsageError */
export function parseOptions(args: readonly string[], groups: readonly Group[]): Options {
  const { values, positionals } = parse(args)
  if (values.save === true && values.quick === true)
    throw new UsageError('--save and --quick exclude each other: quick figures are not worth keeping')
  return {
    groups: chosen(positionals, groups),
    isJson: values.json === true,
    isList: values.list === true,
    isQuick: values.quick === true,
    isSave: values.save === true,
    isHelp: values.help === true,
  }
}

const flag = { type: 'boolean' } as const

function parse(args: readonly string[]) {
  try {
    const options = {
      json: flag,
      list: flag,
      quick: flag,
      save: flag,
      help: { ...flag, short: 'h' },
    } as const
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${message.split('. ')[0]}; see --help`)
  }
}

function chosen(names: readonly string[], groups: readonly Group[]): readonly Group[] {
  const known = groups.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new UsageError(`there is no group ${JSON.stringify(unknown)}; groups are ${known.join(', ')}`)
  return names.length === 0 ? groups : groups.filter(({ name }) => names.includes(name))
}

export function suitesOf({ groups, isQuick }: Pick<Options, 'groups' | 'isQuick'>): Suite[] {
  return groups.flatMap((group) => group.suites(isQuick))
}

export function helpText(groups: readonly Group[]): string {
  const width = Math.max(...groups.map(({ name }) => name.length))
  return `\
Usage: npm run bench -- [GROUP…] [--json] [--list] [--quick] [--save]

Measures how fast Margay is. Without a group, all of them.

Groups:
${groups.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')}

Options:
  --json   one line of JSON for each benchmark on stdout, and nothing else there
  --list   only name the benchmarks
  --quick  a short run that shows that they work; its figures say nothing
  --save   write the results to benchmarks/results.json too
  --help   show this

Exit codes: 0 all measured; 1 some failed; 2 wrong usage; 3 some need root and were left out.
What each figure means stands in benchmarks/README.md.
`
}
