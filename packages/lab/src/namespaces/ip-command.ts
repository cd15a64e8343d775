/** The `ip` command, always in batches: one process for many changes. */
import { CommandFailedError, MissingCommandError } from '../errors.ts'
import { type CommandOptions, type CommandResult, runCommand } from './run-command.ts'

export interface IpBatchOptions {
  /** The namespace in which the lines apply; without it they apply to the caller's (only for `netns add`, `del`). */
  readonly netns?: string
  /** Goes on after a line that failed, and fails at the end for nothing. */
  readonly force?: boolean
}

/** Runs `lines` in order; without `force` it stops at the first that fails and throws CommandFailedError naming it. */
export async function ipBatch(lines: readonly string[], options: IpBatchOptions = {}): Promise<void> {
  if (lines.length === 0) return
  const place = options.netns === undefined ? [] : ['-n', options.netns]
  const args = [...place, ...(options.force === true ? ['-force'] : []), '-batch', '-']
  const result = await runCommand('ip', args, { stdin: `${lines.join('\n')}\n`, allowFailure: true })
  if (result.exitCode === 0 || options.force === true) return
  throw new CommandFailedError(failedLine(result.stderr, lines), result.exitCode, result.stderr)
}

/** Runs a command inside a namespace. Throws MissingCommandError if that command (or `ip`) is not there. */
export async function ipNetnsExec(
  netns: string,
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const whole = ['netns', 'exec', netns, command, ...args]
  const result = await runCommand('ip', whole, { ...options, allowFailure: true })
  if (result.stderr.startsWith(`exec of "${command}" failed: No such file`))
    throw new MissingCommandError(command)
  if (result.exitCode !== 0 && options.allowFailure !== true) {
    throw new CommandFailedError([command, ...args].join(' '), result.exitCode, result.stderr)
  }
  return result
}

/** `ip` says "Command failed -:3" for the third line. */
function failedLine(stderr: string, lines: readonly string[]): string {
  const number = Number(/Command failed -:(\d+)/.exec(stderr)?.[1])
  return `ip ${lines[number - 1] ?? '-batch'}`
}
