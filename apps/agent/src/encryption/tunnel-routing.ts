/** Leads packets into a tunnel, and around it: routes and rules of one IP version, as they are in the kernel. */
import type { RouteSpec, RoutingRule, RuleSpec } from '@margay/netlink'
import type { IpVersion } from '@margay/netset'
import {
  changedRoutes,
  desiredRoutes,
  desiredRules,
  difference,
  routeText,
  ruleText,
} from './routing-plan.ts'
import type { TunnelKernel } from './tunnel-kernel.ts'
import type { DesiredTunnel } from './tunnel-model.ts'

type RoutingKernel = Pick<
  TunnelKernel,
  'routes' | 'addRoute' | 'deleteRoute' | 'rules' | 'addRule' | 'deleteRule'
>

/** As the kernel tells it, or as it was told. */
type KernelRoute = Pick<RouteSpec, 'destination' | 'type' | 'metric'>

const noRules = { gone: [], come: [] } as const

export class TunnelRouting {
  readonly #version: IpVersion
  readonly #kernel: RoutingKernel
  /** The kernel has what was led last, unless somebody changed it. */
  #isSure = false
  #led: DesiredTunnel | undefined
  /** Into which device. */
  #index: number | undefined

  constructor(version: IpVersion, kernel: RoutingKernel) {
    this.#version = version
    this.#kernel = kernel
  }

  /** Others may have changed what is there. */
  doubt(): void {
    this.#isSure = false
  }

  /**
   * `index` is the device's; undefined: it is away, and nothing goes in the clear to a peer. What is there is read, unless it is known, since
   * nobody changed it. @throws NetlinkError
   */
  lead(desired: DesiredTunnel, index: number | undefined): void {
    const led = this.#isSure && index !== undefined && index === this.#index ? this.#led : undefined
    this.#isSure = false
    if (led !== undefined && hasSameRules(led, desired)) {
      this.#change(desired.table, noRules, changedRoutes(led, desired, index))
    } else {
      const rules = difference(this.#kernel.rules(this.#version), desiredRules(desired), ruleText)
      const there = this.#kernel.routes(this.#version, desired.table)
      const { gone, come } = difference(there, desiredRoutes(desired, index), routeText)
      // Nothing is taken out of a device that an earlier agent left, and that works.
      this.#change(desired.table, rules, { gone: index === undefined ? [] : gone, come })
    }
    this.#led = desired
    this.#index = index
    this.#isSure = index !== undefined
  }

  /** True if there was something. What skips the tunnel is kept until nothing leads there. @throws NetlinkError */
  leadAround(): boolean {
    const rules = this.#kernel
      .rules(this.#version)
      .toSorted((one, other) => Number(other.action === 'Table') - Number(one.action === 'Table'))
    const tables = new Set(
      [...rules.map(({ table }) => table), this.#led?.table ?? 0].filter((it) => it !== 0),
    )
    for (const rule of rules) this.#kernel.deleteRule(rule)
    for (const table of tables) this.#delete(this.#kernel.routes(this.#version, table), table)
    this.#led = undefined
    this.#isSure = false
    return rules.length > 0
  }

  /** Rules come last, and go first. */
  #change(
    used: number,
    rules: { readonly gone: readonly RoutingRule[]; readonly come: readonly RuleSpec[] },
    routes: { readonly gone: readonly KernelRoute[]; readonly come: readonly RouteSpec[] },
  ): void {
    for (const route of routes.come) this.#kernel.addRoute(route)
    for (const rule of rules.come) this.#kernel.addRule(rule)
    for (const rule of rules.gone) this.#kernel.deleteRule(rule)
    this.#delete(notReplaced(routes), used)
    const others = rules.gone.map(({ table }) => table).filter((table) => table !== 0 && table !== used)
    for (const table of others) this.#delete(this.#kernel.routes(this.#version, table), table)
  }

  #delete(routes: readonly KernelRoute[], table: number): void {
    for (const { destination, type = 'Unicast', metric = 0 } of routes)
      this.#kernel.deleteRoute({ destination, table, type, metric })
  }
}

/** Two routes to one destination with one metric are the same to IPv6, whatever their types: the old one went when the new one came. */
function notReplaced({
  gone,
  come,
}: {
  readonly gone: readonly KernelRoute[]
  readonly come: readonly RouteSpec[]
}): KernelRoute[] {
  const placeOf = ({ destination, metric = 0 }: KernelRoute) => `${destination} ${metric}`
  const replaced = new Set(come.map(placeOf))
  return gone.filter((route) => !replaced.has(placeOf(route)))
}

function hasSameRules(one: DesiredTunnel, other: DesiredTunnel): boolean {
  if (one.table !== other.table) return false
  return desiredRules(one).map(ruleText).join() === desiredRules(other).map(ruleText).join()
}
