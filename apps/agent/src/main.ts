/** `margay agent`: builds the real clock and kernel, and runs until it is told to stop. */
import type { ClientConfig, Clock } from '@margay/client'
import type { CompileOptions } from '@margay/dataplane'
import { Agent, type EnforcedReport } from './agent.ts'
import { ApiSwitch } from './credentials/api-switch.ts'
import { CredentialsWatch } from './credentials/credentials-watch.ts'
import { defaultHostSettings } from './host/desired-host.ts'
import { HostPlumber } from './host/host-plumber.ts'
import { NetlinkHost } from './host/netlink-host.ts'
import { NodeInterfaces } from './host/node-interfaces.ts'
import { NetlinkDriver } from './kernel/netlink-driver.ts'
import { StatusReporter } from './status/status-reporter.ts'

export interface RunAgentOptions {
  readonly nodeName: string
  /** Reads how to reach the API; called again, to see whether that has changed. */
  readonly loadConfig: () => ClientConfig
  /** The network namespace whose traffic is filtered; this process's own by default. */
  readonly netns?: string
  readonly compile: CompileOptions
  /** Aborting stops the agent; the kernel keeps its rules. */
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/**
 * Settles when the signal aborts.
 *
 * @throws SyscallError when netlink can't be used here at all, and what `loadConfig` throws
 */
export async function runAgent(options: RunAgentOptions): Promise<void> {
  const { nodeName, loadConfig, log, signal } = options
  const config = loadConfig()
  const driver = new NetlinkDriver(options.netns)
  const kernel = new NetlinkHost(options.netns)
  const host = new HostPlumber({
    kernel,
    clock: systemClock,
    nowMs: () => performance.now(),
    settings: defaultHostSettings,
    log,
  })
  const client = new ApiSwitch(config)
  const world = { nodeName, client, clock: systemClock, random: Math.random, log }
  const reporter = new StatusReporter({
    ...world,
    nodes: () => agent.nodes,
    revision: () => agent.enforcedRevision,
  })
  const interfaces = new NodeInterfaces({
    ...(options.netns === undefined ? {} : { netns: options.netns }),
    onChange: () => agent.interfacesChanged(),
    log,
  })
  const agent: Agent = new Agent({
    ...world,
    driver,
    interfaces: () => interfaces.view(),
    host,
    compile: options.compile,
    onEnforced: reportTo(reporter, options),
    onFailed: (message) => reporter.failed(message),
  })
  const use = (changed: ClientConfig) => client.use(changed)
  const credentials = new CredentialsWatch({ config, load: loadConfig, use, clock: systemClock, log })
  credentials.start()
  agent.start()
  await aborted(signal)
  credentials.stop()
  reporter.stop()
  await agent.stop()
  host.stop()
  interfaces.close()
  kernel.close()
  driver.close()
  await client.close()
}

function reportTo(reporter: StatusReporter, { nodeName, log }: RunAgentOptions) {
  let isFirst = true
  return ({ localEndpoints, problems }: EnforcedReport): void => {
    if (isFirst) log(`enforcing policy for ${localEndpoints} pods of node ${nodeName}`)
    isFirst = false
    reporter.enforced(problems)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

const systemClock: Clock = {
  now: () => new Date(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
