/** The flags that all commands against a server share. */
import type { Command } from 'commander'

export interface ClientFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
}

export function addClientOptions(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'namespace (default: that of the kubeconfig, else "default")')
    .option('--kubeconfig <file>', 'how to reach the server')
    .option('--context <name>', "instead of the kubeconfig's current context")
}
