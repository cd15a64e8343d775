import type { CompileOptions } from '@margay/dataplane'
import type { Command } from 'commander'
import { type ExitCode, environmentError, exitCodes } from '../errors.ts'
import { type StopOptions, stopSignal, stopWithStdin } from '../stop-signal.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options extends StopOptions {
  readonly node: string
  readonly netns?: string
  readonly kubeconfig?: string
  readonly context?: string
  readonly interfacePrefix?: string
  readonly podToHost?: 'Drop' | 'Accept'
}

export const agentCommand = defineCommand<Options>({
  name: 'agent',
  summary: "Enforce policy on this node's pods",
  group: 'To run:',
  examples: [
    [
      'margay agent --node node-1 --kubeconfig /etc/margay/kubeconfig',
      'For the pods of this node, until it is stopped; the kernel keeps the rules.',
    ],
    ['margay agent --node node-1 --netns blue', 'In a network namespace instead of the own one.'],
  ],
  notes:
    'The kubeconfig is best one that margay kubeconfig node NAME issued: it may do what an agent needs, and no more. The agent\n' +
    'reads it anew when it changes, and says on its node (kubectl describe node) whether policy is enforced.\n' +
    'Needs root and nft. Its rules are in the nftables table "inet margay"; besides, it keeps settings, routes and neighbours of\n' +
    "pods' interfaces, and forwarding and protection from floods on the node. Stopping it leaves all of that in force.\n",
  configure,
  run,
})

function configure(command: Command): void {
  command
    .requiredOption('--node <name>', 'the name of this node, as in spec.nodeName of pods')
    .option('--netns <name>', 'the network namespace to work in, as ip-netns(8) names it (default: its own)')
    .option('--kubeconfig <file>', 'how to reach the server')
    .option('--context <name>', "instead of the kubeconfig's current context")
    .option(
      '--interface-prefix <text>',
      "what the names of pods' interfaces begin with (default: as FelixConfiguration says)",
    )
    .addOption(
      command
        .createOption(
          '--pod-to-host <action>',
          "for packets from pods to this node, which the pod's policy allows (default: as FelixConfiguration says)",
        )
        .choices(['Drop', 'Accept']),
    )
    .option(...stopWithStdin)
}

async function run({ io, options }: Invocation<Options>): Promise<ExitCode> {
  if (!io.isRoot) throw environmentError('the agent needs root, to change the packet filter')
  const { runAgent } = await import('@margay/agent')
  const { defaultCompileOptions } = await import('@margay/dataplane')
  const { loadClientConfig } = await import('../api/connect.ts')
  await runAgent({
    nodeName: options.node,
    loadConfig: () => loadClientConfig(options, io),
    ...(options.netns === undefined ? {} : { netns: options.netns }),
    compile: { ...defaultCompileOptions, settings: settingsIn(options) },
    signal: stopSignal(io, options),
    log: (line) => io.stdout.write(`${line}\n`),
  })
  return exitCodes.ok
}

/** What a flag says wins over FelixConfiguration. */
function settingsIn({ interfacePrefix, podToHost }: Options): CompileOptions['settings'] {
  return {
    ...(interfacePrefix === undefined ? {} : { interfacePrefixes: [interfacePrefix] }),
    ...(podToHost === undefined ? {} : { defaultEndpointToHostAction: podToHost }),
  }
}
