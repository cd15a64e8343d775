export { Compiler, compile } from './compile/compile.ts'
export {
  type CompileOptions,
  defaultCompileOptions,
  type NodeDevice,
  type NodeView,
} from './compile/options.ts'
export type { GuardedHost, GuardedTunnel, GuardOptions } from './guard/guard-options.ts'
export { guardTable, guardTableName } from './guard/guard-table.ts'
export type { Step } from './live/live-table.ts'
export type { DnsOptions, DnsServer } from './names/dns-options.ts'
export { dnsTableName, dnsTables } from './names/dns-tables.ts'
export { table } from './nft/table.ts'
export { type Batch, type Changes, changesBetween } from './reconcile/changes-between.ts'
