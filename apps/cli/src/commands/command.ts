/** What a command is: its command line, its help, and what it does. */
import type { Command, OptionValues } from 'commander'
import type { ExitCode } from '../errors.ts'
import type { Io } from '../io.ts'

export interface CliCommand {
  readonly name: string
  readonly summary: string
  readonly group: CommandGroup
  readonly examples: readonly Example[]
  /** More for the end of the help text, after the examples. */
  readonly notes?: string
  /** Declares arguments and options; loads nothing. */
  readonly configure: (command: Command) => void
  /** Loads what it needs by itself (`await import`), so that other commands start fast. */
  readonly run: (invocation: Invocation) => Promise<ExitCode>
}

export type CommandGroup = 'Offline:' | 'Against a server:' | 'In a lab:' | 'To run:'

/** A command line and what it is for. */
export type Example = readonly [commandLine: string, meaning: string]

export interface Invocation<Options = OptionValues> {
  readonly io: Io
  /** What is neither a flag nor its value. */
  readonly operands: readonly string[]
  readonly options: Options
}

interface CommandSource<Options> extends Omit<CliCommand, 'run'> {
  readonly run: (invocation: Invocation<Options>) => Promise<ExitCode>
}

/** The one place where the type of the options is taken on trust: `configure` declares them, and commander checks. */
export function defineCommand<Options>(source: CommandSource<Options>): CliCommand {
  return { ...source, run: (invocation) => source.run(invocation as Invocation<Options>) }
}
