/** The `margay` command: from arguments to an exit code. Never throws. */
import { Command, CommanderError } from 'commander'
import type { CliCommand } from './commands/command.ts'
import * as registry from './commands/registry.ts'
import { type ExitCode, exitCodes, reportOf } from './errors.ts'
import type { Io } from './io.ts'
import { version } from './version.ts'

/** `argv` without the program and the script. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok
  const program = buildProgram(io)
  for (const command of Object.values(registry)) {
    addCommand(program, command, io, (code) => {
      exitCode = code
    })
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    return error instanceof CommanderError ? codeOf(error) : report(error, io)
  }
}

const exitCodeHelp = `
Exit codes:
  0  done, or the answer is yes
  1  the answer is no, something is invalid, or a request failed
  2  the command line or a file can not be understood
  3  the machine is not ready: no root, port taken, server unreachable

Environment:
  MARGAY_KUBECONFIG  how to reach the server; else KUBECONFIG, else ~/.kube/config
  MARGAY_DEBUG=1     show where an unexpected error comes from
  NO_COLOR           no colours, also on a terminal
`

function buildProgram(io: Io): Command {
  const program = new Command('margay')
    .description('Network security for Kubernetes clusters and plain Linux hosts')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help of a command')
    .addHelpText('after', exitCodeHelp)
  return withOutput(program, io)
}

function withOutput(command: Command, { stdout, stderr }: Io): Command {
  return command.exitOverride().configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  })
}

function addCommand(program: Command, source: CliCommand, io: Io, exit: (code: ExitCode) => void): void {
  const command = withOutput(program.command(source.name), io)
    .summary(source.summary)
    .description(source.summary)
    .helpOption('-h, --help', 'print help')
    .helpGroup(source.group)
    .addHelpText('after', helpAfter(source))
  source.configure(command)
  command.action(async () => exit(await source.run({ io, operands: command.args, options: command.opts() })))
}

function helpAfter({ examples, notes }: CliCommand): string {
  const lines = examples.map(([commandLine, meaning]) => `  # ${meaning}\n  ${commandLine}\n`)
  return `\nExamples:\n${lines.join('\n')}${notes === undefined ? '' : `\n${notes}`}`
}

/** Commander has printed its message by now. */
function codeOf(error: CommanderError): ExitCode {
  return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
}

function report(error: unknown, { stderr, env }: Io): ExitCode {
  const { lines, exitCode } = reportOf(error)
  for (const line of lines) stderr.write(`error: ${line}\n`)
  if (isSet(env.MARGAY_DEBUG)) stderr.write(`${traceOf(error)}\n`)
  return exitCode
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0'
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by: ${traceOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
