import type { Check } from '@margay/policy'
import type { Command } from 'commander'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import type { FindingFormat } from '../lint/format-findings.ts'
import { addSourceOptions, type SourceOptions } from '../query/source-options.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options extends SourceOptions {
  readonly skip?: readonly string[]
  readonly output: FindingFormat
}

export const lintCommand = defineCommand<Options>({
  name: 'lint',
  summary: 'Find policy that is said in vain or too widely, each with its proof',
  group: 'Offline:',
  examples: [
    [
      'margay lint -f manifests/',
      'Rules that never decide, policies that can go, and the like, with file and line.',
    ],
    [
      'margay lint -f manifests/ -o sarif > lint.sarif',
      'For code hosts, which show findings beside the lines.',
    ],
    ['margay lint --skip rule-matches-nobody', 'Of a server, without what may matter tomorrow.'],
  ],
  notes:
    'Each finding holds for all packets between the workloads, network sets and addresses that there are, and for all HTTP requests.\n' +
    'Policies that govern host endpoints are left alone. Exit code 1 if there is a finding.\n',
  configure,
  run,
})

function configure(command: Command): void {
  addSourceOptions(command)
    .option('--skip <check...>', 'not these checks; may be repeated')
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format')
        .choices(['text', 'json', 'yaml', 'sarif'])
        .default('text'),
    )
}

async function run({ io, options }: Invocation<Options>): Promise<ExitCode> {
  const { checks } = await import('../lint/checks.ts')
  const { locatedFindings } = await import('../lint/findings.ts')
  const { formatFindings } = await import('../lint/format-findings.ts')
  const { loadWorld } = await import('../query/world.ts')
  const known = Object.keys(checks)
  const unknown = options.skip?.find((it) => !known.includes(it))
  if (unknown !== undefined)
    throw usageError(`--skip: there is no check ${unknown}; there are ${known.join(', ')}`)
  const skipped = new Set(options.skip as readonly Check[] | undefined)
  const all = locatedFindings(await loadWorld(options, io), io)
  const findings = all.filter(({ finding }) => !skipped.has(finding.check))
  io.stdout.write(await formatFindings(findings, options.output, io))
  return findings.length === 0 ? exitCodes.ok : exitCodes.no
}
