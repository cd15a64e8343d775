import type { Command } from 'commander'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options {
  readonly filename?: readonly string[]
  readonly filter?: string
  readonly coverage?: true
  readonly staged?: true
  readonly output: 'text' | 'json' | 'junit'
}

export const testCommand = defineCommand<Options>({
  name: 'test',
  summary: 'Test policies: which connections shall pass, and which not',
  group: 'Offline:',
  examples: [
    ['margay test policies/', 'Every *.test.yaml below a directory, each over the manifests that it names.'],
    [
      'margay test -f rendered/ shop.test.yaml --coverage',
      'Over other manifests too; and which rules decided nothing.',
    ],
    ['margay test tests/ -o junit > report.xml', 'For a pipeline; exit code 1 if a test does not hold.'],
  ],
  notes: `A file of tests:
  manifests: [../policies, pods.yaml]   # relative to the file
  tests:
    - name: Only the web server reaches the database
      from: shop/web                    # namespace/pod, namespace/workload or an IP address; or a list
      to: shop/db
      port: 5432/tcp                    # or a list; without one, say protocol: ICMP
      http: GET /api                    # optional: a request in the connection; or a list
      headers: {x-team: a}              # optional: of these requests
      expect: Allow                     # or Deny
      by: np:shop/db rule 0             # optional: what must have decided
`,
  configure,
  run,
})

function configure(command: Command): void {
  const collect = (path: string, others: readonly string[] = []): string[] => [...others, path]
  command
    .argument('<tests...>', 'file of tests, directory (all *.test.yaml below it), or - for standard input')
    .option('-f, --filename <path>', 'manifests besides those that the tests name; may be repeated', collect)
    .option('--filter <text>', 'only tests that have this in their name, in any case')
    .option('--coverage', 'list the rules that decided no connection of any test')
    .option('--staged', 'judge as if all staged policies were enforced')
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format')
        .choices(['text', 'json', 'junit'])
        .default('text'),
    )
}

async function run({ io, operands, options }: Invocation<Options>): Promise<ExitCode> {
  if (operands.includes('-') && options.filename?.includes('-') === true)
    throw usageError('only one of -f and the tests can be standard input')
  if (options.coverage === true && options.output === 'junit')
    throw usageError('JUnit XML has no place for --coverage; use -o text or -o json')
  const { readSuites } = await import('../policy-tests/read-suites.ts')
  const { runSuites } = await import('../policy-tests/run-suites.ts')
  const { formatReport } = await import('../policy-tests/format-report.ts')
  const report = await runSuites(await readSuites(operands, options, io), options, io)
  io.stdout.write(formatReport(report, options, io))
  return report.results.every(({ holds }) => holds) ? exitCodes.ok : exitCodes.no
}
