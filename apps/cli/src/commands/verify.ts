import type { Command } from 'commander'
import { type ExitCode, exitCodes } from '../errors.ts'
import { addSourceOptions } from '../query/source-options.ts'
import type { VerifyFormat } from '../verify/format-results.ts'
import type { VerifyOptions } from '../verify/verify.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options extends VerifyOptions {
  readonly output: VerifyFormat
}

export const verifyCommand = defineCommand<Options>({
  name: 'verify',
  summary: 'Prove that assertions hold, or show a packet',
  group: 'Offline:',
  examples: [
    ['margay verify -f manifests/', 'Every NetworkAssertion among them; exit code 1 if one is broken.'],
    ['margay verify no-vendors -f manifests/', 'Only the one of this name.'],
    ['margay verify', 'Those of a server, over what it has.'],
    ['margay verify -f manifests/ --staged', 'Would they hold if staged policies were enforced?'],
    ['margay verify -f manifests/ -o junit > report.xml', 'For a pipeline.'],
  ],
  notes: `All packets that can open a connection are looked at, not samples. Where an assertion is broken, one of them is shown, and
what policy says of it; where the assertion is about requests (http), a request in it. One that says nothing speaks of no two
that are there: it can't be broken, and means nobody. Of one that is unknown it can't be told whether it holds (exit code 2).

  apiVersion: policy.margay.io/v1alpha1
  kind: NetworkAssertion
  metadata: {name: no-vendors}
  spec:
    require: never                    # or always
    from: {selector: trust == 'vendor'}
    to: {namespaceSelector: compliance == 'pci'}
    ports: [{protocol: TCP}]          # without it, all traffic
    http: {methods: [PUT]}            # optional: about such HTTP requests, instead of connections

A side with hostEndpoints: true means nodes themselves, by the labels of their HostEndpoints:

    to: {hostEndpoints: true, selector: role == 'node'}
`,
  configure,
  run,
})

function configure(command: Command): void {
  addSourceOptions(command.argument('[names...]', 'only these assertions'))
    .option('--staged', 'as if staged policies were enforced')
    .addOption(
      command
        .createOption('-o, --output <format>', 'output format')
        .choices(['table', 'json', 'yaml', 'junit'])
        .default('table'),
    )
}

async function run({ io, operands, options }: Invocation<Options>): Promise<ExitCode> {
  const { verify } = await import('../verify/verify.ts')
  const { formatResults } = await import('../verify/format-results.ts')
  const results = await verify(operands, options, io)
  io.stdout.write(await formatResults(results, options.output, io))
  if (results.some(({ result }) => result === 'broken')) return exitCodes.no
  return results.some(({ result }) => result === 'unknown') ? exitCodes.usage : exitCodes.ok
}
