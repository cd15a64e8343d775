/** What an agent would change for encryption between nodes if it began now. Nothing is made, and no key is read. */
import { changesBetween, guardTable } from '@margay/dataplane'
import type { WireguardDevice } from '@margay/netlink'
import type { Change } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { NodeSettings } from '@margay/policy'
import { desiredTunnel } from '../encryption/desired-tunnel.ts'
import {
  guardOptions,
  homesOf,
  ipVersions,
  type ToldCluster,
  worldsOf,
} from '../encryption/encrypted-world.ts'
import { type EncryptedWorkloads, guardsTable } from '../encryption/encryption.ts'
import { desiredRoutes, desiredRules, difference, routeText, ruleText } from '../encryption/routing-plan.ts'
import { Strays } from '../encryption/strays.ts'
import type { TunnelKernel } from '../encryption/tunnel-kernel.ts'
import type { DesiredTunnel, TunnelWorld } from '../encryption/tunnel-model.ts'
import { defaultNameOf } from '../encryption/tunnel-names.ts'
import type { RulesetDriver } from '../kernel/ruleset-driver.ts'
import { type Counted, deviceLines, peerLines, routeOf, ruleOf } from './describe-tunnel.ts'

/** What of a kernel a plan asks. `openDevice` is asked for devices that there are, and makes none. */
export type PlannedKernel = Pick<
  TunnelKernel,
  'findLink' | 'openDevice' | 'mtuAt' | 'addressesOf' | 'routes' | 'rules'
>

export interface EncryptionPlanOptions {
  readonly told: ToldCluster
  readonly workloads: Pick<EncryptedWorkloads, 'settings' | 'endpoints'>
  readonly kernel: PlannedKernel
  readonly driver: Pick<RulesetDriver, 'read'>
  readonly apiPorts: readonly number[]
}

export interface EncryptionPlan {
  /** Of the guard's table, in the order in which they would be sent. */
  readonly nftables: readonly Change[]
  readonly changes: readonly Counted[]
  readonly problems: readonly string[]
}

/** @throws NetlinkError */
export async function planEncryption(options: EncryptionPlanOptions): Promise<EncryptionPlan> {
  const { told, kernel, driver, apiPorts } = options
  const { settings, endpoints } = options.workloads
  const worlds = worldsOf(told, settings, () => new Strays(homesOf(told.nodes), endpoints()))
  const tunnels = new Map(worlds.map((world) => [world.version, desiredTunnel(withOwnKey(world))]))
  const changes: Counted[] = []
  const problems: string[] = []
  for (const version of ipVersions) {
    const desired = tunnels.get(version)
    problems.push(...(desired?.problems ?? []))
    try {
      changes.push(...(await tunnelChanges(kernel, version, desired)))
    } catch (error) {
      problems.push(
        `encryption over IPv${version}: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  return { nftables: guardChanges(driver, settings, worlds, tunnels, apiPorts), changes, problems }
}

/** As soon as an agent runs, the API tells a key of its node. */
function withOwnKey(world: TunnelWorld): TunnelWorld {
  const nodes = world.nodes.map((node) =>
    node.name === world.ownName
      ? { ...node, publicKey: node.publicKey ?? 'to be made', isMalformed: false }
      : node,
  )
  return { ...world, nodes }
}

function guardChanges(
  driver: Pick<RulesetDriver, 'read'>,
  settings: NodeSettings,
  worlds: readonly TunnelWorld[],
  tunnels: ReadonlyMap<IpVersion, DesiredTunnel | undefined>,
  apiPorts: readonly number[],
): Change[] {
  const guard = guardTable(guardOptions(settings, worlds, tunnels, apiPorts))
  const { batches, removals } = changesBetween(driver.read([guardsTable]), guard === undefined ? [] : [guard])
  return [...batches.flat(), ...removals]
}

async function tunnelChanges(
  kernel: PlannedKernel,
  version: IpVersion,
  desired: DesiredTunnel | undefined,
): Promise<Counted[]> {
  if (desired === undefined) return takenAway(kernel, version)
  const { interfaceName } = desired.device
  const link = kernel.findLink(interfaceName)
  const device = link === undefined ? undefined : await readDevice(kernel, interfaceName)
  const there = link === undefined ? [] : kernel.addressesOf(link.index, version)
  const mtuBelow = (address: string) => kernel.mtuAt(address, link?.index ?? 0)
  return [
    ...deviceLines(desired, { link, device, addresses: there }, mtuBelow),
    ...peerLines(desired, device),
    ...routing(kernel, desired, link?.index),
  ]
}

async function readDevice(kernel: PlannedKernel, name: string): Promise<WireguardDevice> {
  const { control } = await kernel.openDevice(name)
  return control.read()
}

/** Stands for a device that there is not yet. */
const noIndex = -1

function routing(kernel: PlannedKernel, desired: DesiredTunnel, index: number | undefined): Counted[] {
  const { version, table } = desired
  const { interfaceName } = desired.device
  const rules = difference(kernel.rules(version), desiredRules(desired), ruleText)
  const wanted = desiredRoutes(desired, index ?? noIndex)
  const routes = difference(kernel.routes(version, table), wanted, routeText)
  return [
    { verb: 'add', what: 'rule', names: rules.come.map(ruleOf) },
    { verb: 'delete', what: 'rule', names: rules.gone.map(ruleOf) },
    { verb: 'add', what: 'route', names: routes.come.map((route) => routeOf(route, interfaceName)) },
    { verb: 'delete', what: 'route', names: routes.gone.map((route) => routeOf(route, interfaceName)) },
  ]
}

/** What shows to be the agent's by its rules. */
function takenAway(kernel: PlannedKernel, version: IpVersion): Counted[] {
  const rules = kernel.rules(version)
  if (rules.length === 0) return []
  const tables = new Set(rules.map(({ table }) => table).filter((table) => table !== 0))
  const routes = [...tables].flatMap((table) => kernel.routes(version, table))
  const name = defaultNameOf[version]
  const isThere = kernel.findLink(name) !== undefined
  return [
    { verb: 'delete', what: 'rule', names: rules.map(ruleOf) },
    { verb: 'delete', what: 'route', names: routes.map((route) => routeOf(route, name)) },
    { verb: 'remove', what: 'device', names: isThere ? [`${name} with its key`] : [] },
  ]
}
