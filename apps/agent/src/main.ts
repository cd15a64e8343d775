/** `margay agent`: builds the real clock and kernel, and runs until it is told to stop, or once. */
import { randomBytes } from 'node:crypto'
import { ApiClient, ApiSwitch, type ClientConfig, CredentialsWatch, systemClock } from '@margay/client'
import type { CompileOptions } from '@margay/dataplane'
import { forbidCoreDumps } from '@margay/netlink'
import { Agent, type EnforcedReport } from './agent.ts'
import { type CleanupReport, cleanUp, planCleanup } from './cleanup/clean-up.ts'
import { NetlinkOwnObjects } from './cleanup/netlink-own-objects.ts'
import { followNames, savedNames } from './dns/follow-names.ts'
import { Encryption } from './encryption/encryption.ts'
import { encryptionTeller } from './encryption/encryption-events.ts'
import { EncryptionReporter } from './encryption/encryption-reporter.ts'
import { KeyFiles } from './encryption/key-file.ts'
import { KeySecrets } from './encryption/key-secret.ts'
import type { KeyStore } from './encryption/key-store.ts'
import { NetlinkTunnels } from './encryption/netlink-tunnels.ts'
import { defaultHostSettings } from './host/desired-host.ts'
import { HostPlumber } from './host/host-plumber.ts'
import { NetlinkHost } from './host/netlink-host.ts'
import { NodeInterfaces } from './host/node-interfaces.ts'
import { NetlinkDriver } from './kernel/netlink-driver.ts'
import { encryptionMetrics } from './metrics/encryption-metrics.ts'
import { MetricsServer } from './metrics/metrics-server.ts'
import { namesMetrics } from './metrics/names-metrics.ts'
import { type NodePlan, planNode } from './plan/plan-node.ts'
import { NodeEvents } from './status/node-events.ts'
import { StatusReporter } from './status/status-reporter.ts'

export interface RunAgentOptions {
  readonly nodeName: string
  /** Reads how to reach the API; called again, to see whether that has changed. */
  readonly loadConfig: () => ClientConfig
  /** The network namespace whose traffic is filtered; this process's own by default. */
  readonly netns?: string
  readonly compile: CompileOptions
  /** Where what must outlive the agent is kept, for root alone. */
  readonly stateDirectory: string
  /** Where private keys are kept: in files there, or in a Secret of the server. */
  readonly keysIn: 'file' | 'secret'
  /** Aborting stops the agent; the kernel keeps its rules. */
  readonly signal: AbortSignal
  readonly log: (line: string) => void
  /** All of policy is enforced for the first time. */
  readonly onStarted?: () => void
}

export type PlanAgentOptions = Omit<RunAgentOptions, 'signal'>

/**
 * What an agent with these options would change.
 *
 * @throws SyscallError when netlink can't be used here at all, ApiError and ConnectionError, and what `loadConfig` throws
 */
export async function planAgent(options: PlanAgentOptions): Promise<NodePlan> {
  const { nodeName, compile, netns, log } = options
  const config = options.loadConfig()
  const client = new ApiClient(config)
  const driver = new NetlinkDriver(netns)
  const kernel = new NetlinkHost(netns)
  const interfaces = new NodeInterfaces({ ...inNamespace(netns), onChange: () => undefined, log })
  const tunnels = new NetlinkTunnels({ netns, logDirectory: options.stateDirectory })
  const apiPorts = [portOf(config.server)]
  try {
    const host = newPlumber(kernel, log)
    const view = () => interfaces.view()
    const named = await savedNames({ ...options, clock: systemClock })
    const planned = { nodeName, compile, client, driver, host, tunnels, apiPorts, named }
    return await planNode({ ...planned, interfaces: view })
  } finally {
    tunnels.close()
    interfaces.close()
    kernel.close()
    driver.close()
    await client.close()
  }
}

export interface CleanUpNodeOptions {
  readonly netns?: string
  /** Only tells what it would remove. */
  readonly isPlan: boolean
}

/** Removes what agents made here. @throws SyscallError when netlink can't be used here at all, NetlinkError */
export async function cleanUpNode({ netns, isPlan }: CleanUpNodeOptions): Promise<CleanupReport> {
  const objects = new NetlinkOwnObjects({ netns, routeProtocol: defaultHostSettings.routeProtocol })
  try {
    return isPlan ? planCleanup(objects) : await cleanUp({ objects, afterMending })
  } finally {
    objects.close()
  }
}

/** An agent mends within a second. */
function afterMending(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000))
}

/**
 * Settles when the signal aborts.
 *
 * @throws SyscallError when netlink can't be used here at all, and what `loadConfig` throws
 */
export async function runAgent(options: RunAgentOptions): Promise<void> {
  const { nodeName, loadConfig, log, signal } = options
  forbidCoreDumps()
  const config = loadConfig()
  const driver = new NetlinkDriver(options.netns)
  const kernel = new NetlinkHost(options.netns)
  const host = newPlumber(kernel, log)
  const client = new ApiSwitch(config)
  const world = { nodeName, client, clock: systemClock, random: Math.random, log }
  const reporter = new StatusReporter({
    ...world,
    nodes: () => agent.nodes,
    revision: () => agent.enforcedRevision,
    reports: () => encryptionReporter.annotations(),
  })
  const interfaces = new NodeInterfaces({
    ...inNamespace(options.netns),
    onChange: () => agent.interfacesChanged(),
    log,
  })
  const tunnels = new NetlinkTunnels({ netns: options.netns, logDirectory: options.stateDirectory })
  const encryption = new Encryption({
    ...world,
    kernel: tunnels,
    keys: keyStore(options, client),
    driver,
    apiPorts: [portOf(config.server)],
    randomBytes,
    nodes: () => agent.nodes,
    pools: () => agent.pools,
  })
  const events = new NodeEvents({ ...world, nodes: () => agent.nodes })
  const encryptionReporter = new EncryptionReporter({
    ...world,
    state: () => encryption.state(),
    onImportant: () => reporter.hurry(),
    onLook: encryptionTeller(events),
  })
  const names = followNames({
    ...world,
    netns: options.netns,
    stateDirectory: options.stateDirectory,
    driver,
    learn: (changes) => agent.learn(changes),
  })
  const metrics = new MetricsServer({
    ...inNamespace(options.netns),
    clock: systemClock,
    log,
    metrics: async (settings) => [
      ...encryptionMetrics(nodeName, await encryption.state(), settings),
      ...namesMetrics(nodeName, names),
    ],
  })
  const agent: Agent = new Agent({
    ...world,
    driver,
    encryption,
    names: names.learner,
    interfaces: () => interfaces.view(),
    host,
    compile: options.compile,
    onMetrics: (settings) => metrics.serve(settings),
    onEnforced: reportTo(reporter, options),
    onFailed: (message) => reporter.failed(message),
  })
  const use = (changed: ClientConfig) => client.use(changed)
  const holder = 'this agent'
  const credentials = new CredentialsWatch({ holder, config, load: loadConfig, use, clock: systemClock, log })
  credentials.start()
  await names.restore()
  agent.start()
  encryptionReporter.start()
  await aborted(signal)
  credentials.stop()
  encryptionReporter.stop()
  events.stop()
  metrics.stop()
  reporter.stop()
  await agent.stop()
  host.stop()
  await encryption.stop()
  await names.stop()
  tunnels.close()
  interfaces.close()
  kernel.close()
  driver.close()
  await client.close()
}

function portOf(server: string): number {
  const { port, protocol } = new URL(server)
  return port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port)
}

/** Where keys are kept elsewhere now, files that had them go. */
function keyStore({ stateDirectory, keysIn, nodeName, log }: RunAgentOptions, client: ApiSwitch): KeyStore {
  const files = new KeyFiles(stateDirectory)
  if (keysIn === 'file') return files
  for (const version of [4, 6] as const)
    void files
      .forget(version)
      .catch((error: unknown) => log(error instanceof Error ? error.message : String(error)))
  return new KeySecrets(client, nodeName)
}

function newPlumber(kernel: NetlinkHost, log: (line: string) => void): HostPlumber {
  const settings = defaultHostSettings
  return new HostPlumber({ kernel, clock: systemClock, nowMs: () => performance.now(), settings, log })
}

function inNamespace(netns: string | undefined): { readonly netns?: string } {
  return netns === undefined ? {} : { netns }
}

function reportTo(reporter: StatusReporter, { nodeName, log, onStarted }: RunAgentOptions) {
  let isFirst = true
  return ({ localEndpoints, problems }: EnforcedReport): void => {
    if (isFirst) {
      log(`enforcing policy for ${localEndpoints} pods of node ${nodeName}`)
      onStarted?.()
    }
    isFirst = false
    reporter.enforced(problems)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
