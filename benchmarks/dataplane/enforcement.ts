/** The one place where these benchmarks meet the agent's way to the kernel. */
import { type AgentOptions, Enforcer, NetlinkDriver } from '@margay/agent'
import { compile, defaultCompileOptions } from '@margay/dataplane'
import type { PolicyState } from '@margay/policy'

/** What an agent needs of its machine. No pods are made, so there are no interfaces, and nothing of theirs to set up. */
export function machine(netns: string): Pick<AgentOptions, 'driver' | 'interfaces' | 'host' | 'compile'> {
  return {
    driver: new NetlinkDriver(netns),
    interfaces: () => ({ interfaces: [], linkLocals: new Map() }),
    host: { desire: () => undefined },
    compile: defaultCompileOptions,
  }
}

/** Brings policy for the pods of a node into a kernel in which nothing is. `netns` is a name as `ip netns` knows it. */
export function enforce(netns: string, state: PolicyState, nodeName: string): void {
  const driver = new NetlinkDriver(netns)
  new Enforcer(driver).enforce(
    compile(state, { name: nodeName, interfaces: [], linkLocals: new Map() }, defaultCompileOptions),
  )
  driver.close()
}
