import type { PlanAgentOptions } from '@margay/agent'
import type { CompileOptions } from '@margay/dataplane'
import { Argument, type Command } from 'commander'
import { type ExitCode, environmentError, exitCodes, failure, usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type StopOptions, stopSignal, stopWithStdin } from '../stop-signal.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options extends StopOptions {
  readonly node?: string
  readonly netns?: string
  readonly kubeconfig?: string
  readonly context?: string
  readonly interfacePrefix?: string
  readonly podToHost?: 'Drop' | 'Accept'
  readonly stateDirectory?: string
  readonly keysIn: 'file' | 'secret'
  readonly dryRun?: true
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
    ['margay agent --node node-1 --dry-run', 'What it would change on this node now. Changes nothing.'],
    ['margay agent cleanup', 'Take away what agents made on this node, once none runs here any more.'],
  ],
  notes:
    'The kubeconfig is best one that margay kubeconfig node NAME issued: it may do what an agent needs, and no more. The agent\n' +
    'reads it anew when it changes, and says on its node (kubectl describe node) whether policy is enforced.\n' +
    'Needs root. Its rules are in the nftables tables "margay" (inet, arp, netdev); besides, it keeps settings, routes and\n' +
    "neighbours of pods' interfaces, and forwarding and protection from floods on the node; and where FelixConfiguration or the\n" +
    'Installation says so, encryption between nodes by WireGuard. Stopping it leaves all of that in force. cleanup removes these\n' +
    'tables, tunnels, the limits of bandwidth and the routes that it made, and leaves settings and private keys as they are.\n',
  configure,
  run,
})

function configure(command: Command): void {
  command
    .addArgument(new Argument('[action]', 'instead of running').choices(['cleanup']))
    .option('--node <name>', 'the name of this node, as in spec.nodeName of pods; cleanup needs none')
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
    .option(
      '--state-directory <path>',
      'where private keys are kept that must outlive the agent (default: /var/lib/margay/agent/NODE)',
    )
    .addOption(
      command
        .createOption(
          '--keys-in <place>',
          'where private keys are kept: in files there, or in a Secret of the server that no other node may read',
        )
        .choices(['file', 'secret'])
        .default('file'),
    )
    .option('--dry-run', 'print what it would change, or remove, and change nothing')
    .option(...stopWithStdin)
}

async function run({ io, operands, options }: Invocation<Options>): Promise<ExitCode> {
  if (!io.isRoot) throw environmentError('the agent needs root, to change the packet filter')
  if (operands[0] === 'cleanup') return cleanUp(options, io)
  const agentOptions = await agentOptionsOf(options, io)
  return options.dryRun === true ? plan(agentOptions, io) : enforce(agentOptions, options, io)
}

async function enforce(agentOptions: PlanAgentOptions, options: Options, io: Io): Promise<ExitCode> {
  const { collectSeldom, keepMemorySmall, runAgent } = await import('@margay/agent')
  keepMemorySmall()
  await runAgent({ ...agentOptions, signal: stopSignal(io, options), onStarted: collectSeldom })
  return exitCodes.ok
}

async function plan(agentOptions: PlanAgentOptions, io: Io): Promise<ExitCode> {
  const { formatPlan, planAgent } = await import('@margay/agent')
  for (const line of formatPlan(await planAgent(agentOptions))) io.stdout.write(`${line}\n`)
  return exitCodes.ok
}

async function cleanUp(options: Options, io: Io): Promise<ExitCode> {
  const { cleanUpNode, formatCleanup } = await import('@margay/agent')
  const isPlan = options.dryRun === true
  const report = await cleanUpNode({ ...namespaceIn(options), isPlan })
  for (const line of formatCleanup(report, isPlan)) io.stdout.write(`${line}\n`)
  if (report.failures.length > 0) throw failure(report.failures)
  return exitCodes.ok
}

async function agentOptionsOf(options: Options, io: Io): Promise<PlanAgentOptions> {
  if (options.node === undefined)
    throw usageError(
      "--node: whose pods are enforced must be said: the node's name, as in spec.nodeName of pods",
    )
  const { defaultCompileOptions } = await import('@margay/dataplane')
  const { loadClientConfig } = await import('../api/connect.ts')
  return {
    nodeName: options.node,
    loadConfig: () => loadClientConfig(options, io),
    ...namespaceIn(options),
    stateDirectory: options.stateDirectory ?? `/var/lib/margay/agent/${options.node}`,
    keysIn: options.keysIn,
    compile: { ...defaultCompileOptions, settings: settingsIn(options) },
    log: (line) => io.stdout.write(`${line}\n`),
  }
}

function namespaceIn({ netns }: Options): { readonly netns?: string } {
  return netns === undefined ? {} : { netns }
}

/** What a flag says wins over FelixConfiguration. */
function settingsIn({ interfacePrefix, podToHost }: Options): CompileOptions['settings'] {
  return {
    ...(interfacePrefix === undefined ? {} : { interfacePrefixes: [interfacePrefix] }),
    ...(podToHost === undefined ? {} : { defaultEndpointToHostAction: podToHost }),
  }
}
