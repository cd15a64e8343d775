export { Agent, type AgentOptions, type EnforcedReport } from './agent.ts'
export type { CleanupReport } from './cleanup/clean-up.ts'
export { formatCleanup } from './cleanup/format-cleanup.ts'
export type { CacheEntry } from './dns/cache/cache-entry.ts'
export { type SavedEntries, savedEntries } from './dns/saved-entries.ts'
export {
  defaultHostSettings,
  type HostSettings,
  type LocalEndpoint,
  type NodeWorkloads,
} from './host/desired-host.ts'
export { type HostPlan, HostPlumber, type HostPlumberOptions } from './host/host-plumber.ts'
export { NetlinkHost } from './host/netlink-host.ts'
export { type InterfaceView, NodeInterfaces } from './host/node-interfaces.ts'
export { Enforcer, ourTables } from './kernel/enforcer.ts'
export { NetlinkDriver } from './kernel/netlink-driver.ts'
export type { RulesetDriver } from './kernel/ruleset-driver.ts'
export {
  type CleanUpNodeOptions,
  cleanUpNode,
  type PlanAgentOptions,
  planAgent,
  type RunAgentOptions,
  runAgent,
} from './main.ts'
export { formatPlan } from './plan/format-plan.ts'
export type { NodePlan } from './plan/plan-node.ts'
export { collectSeldom, keepMemorySmall } from './small-memory.ts'
