/** The one place where these benchmarks meet the agent's way to the kernel. */
import { type AgentOptions, Enforcer, NetlinkDriver } from '@margay/agent'
import { compile, defaultCompileOptions, type NodeView } from '@margay/dataplane'
import type { PolicyState } from '@margay/policy'

/** A node of which nothing is known but its name. */
export const bare: Omit<NodeView, 'name'> = { interfaces: [], linkLocals: new Map() }

/** What an agent needs of its machine. No pods are made, so there are no interfaces, and nothing of theirs to set up. */
export function machine(netns: string): Pick<AgentOptions, 'driver' | 'interfaces' | 'host' | 'compile'> {
  return {
    driver: new NetlinkDriver(netns),
    interfaces: () => bare,
    host: { desire: () => undefined },
    compile: defaultCompileOptions,
  }
}

/** Brings policy for the pods of a node into a kernel in which nothing is. `netns` is a name as `ip netns` knows it. */
export function enforce(netns: string, state: PolicyState, nodeName: string): void {
  const driver = new NetlinkDriver(netns)
  new Enforcer(driver).enforce(compile(state, { name: nodeName, ...bare }, defaultCompileOptions))
  driver.close()
}
