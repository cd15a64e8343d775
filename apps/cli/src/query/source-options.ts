/** Where resources come from: the flags of commands that reason about all of them. */
import type { Command } from 'commander'
import type { WorldOptions } from './world.ts'

export type SourceOptions = Pick<WorldOptions, 'filename' | 'kubeconfig' | 'context'>

export function addSourceOptions(command: Command): Command {
  return command
    .option(
      '-f, --filename <path...>',
      'file, directory, or - for standard input; may be repeated (default: a server)',
    )
    .option('--kubeconfig <file>', 'how to reach the server')
    .option('--context <name>', "instead of the kubeconfig's current context")
}
