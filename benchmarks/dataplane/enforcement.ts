/** The one place where these benchmarks meet the agent's way to the kernel. */
import { Enforcer, NftCommand } from '@margay/agent'
import { compile, defaultCompileOptions } from '@margay/dataplane'
import type { PolicyState } from '@margay/policy'

/** As an agent has it. `netns` is a name as `ip netns` knows it. */
export function driverFor(netns: string): NftCommand {
  return new NftCommand(netns)
}

/** Brings policy for the pods of a node into a kernel in which nothing is. */
export async function enforce(netns: string, state: PolicyState, nodeName: string): Promise<void> {
  const local = [...state.endpoints.values()].filter(({ node }) => node === nodeName)
  await new Enforcer(driverFor(netns)).enforce(compile(state, local, defaultCompileOptions))
}
