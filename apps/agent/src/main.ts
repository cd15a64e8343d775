/** `margay agent`: builds the real clock and kernel, and runs until it is told to stop. */
import { ApiClient, type ClientConfig, type Clock } from '@margay/client'
import type { CompileOptions } from '@margay/dataplane'
import { Agent, type EnforcedReport } from './agent.ts'
import { NftCommand } from './kernel/nft-command.ts'

export interface RunAgentOptions {
  readonly nodeName: string
  readonly config: ClientConfig
  /** The network namespace whose traffic is filtered; this process's own by default. */
  readonly netns?: string
  readonly compile: CompileOptions
  /** Aborting stops the agent; the kernel keeps its rules. */
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/** Settles when the signal aborts. @throws NftError when nft can't be used here at all */
export async function runAgent(options: RunAgentOptions): Promise<void> {
  const driver = new NftCommand(options.netns)
  await driver.list()
  const client = new ApiClient(options.config)
  let isFirst = true
  const onEnforced = ({ localEndpoints }: EnforcedReport) => {
    if (isFirst) options.log(`enforcing policy for ${localEndpoints} pods of node ${options.nodeName}`)
    isFirst = false
  }
  const agent = new Agent({ ...options, client, driver, clock: systemClock, random: Math.random, onEnforced })
  agent.start()
  await new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve()
    options.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await agent.stop()
  await client.close()
}

const systemClock: Clock = {
  now: () => new Date(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
