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
type KnownRoute = Pick<RouteSpec, 'destination' | 'type' | 'metric'>

const noRules = { gone: [], come: [] } as const

export class TunnelRouting {
  readonly #version: IpVersion
  readonly #kernel: RoutingKernel
  /** The kernel has what was led last, unless somebody changed it. */
  #isSure = false
  #led: DesiredTunnel | undefined

  constructor(version: IpVersion, kernel: RoutingKernel) {
    this.#version = version
    this.#kernel = kernel
  }

  /** Others may have changed what is there. */
  doubt(): void {
    this.#isSure = false
  }

  /**
   * `index` is the device's; undefined: it is away, and nothing goes in the clear to a peer. Then nothing is taken out of a device that an
   * earlier agent left, and that works. Rules come last, and go first. What is there is read, unless that is sure. @throws NetlinkError
   */
  lead(desired: DesiredTunnel, index: number | undefined): void {
    const led = this.#isSure && index !== undefined ? this.#led : undefined
    if (led !== undefined && hasSameRules(led, desired))
      this.#change(desired, noRules, changedRoutes(led, desired, index))
    else this.#mend(desired, index)
    this.#led = desired
    this.#isSure = index !== undefined
  }

  #mend(desired: DesiredTunnel, index: number | undefined): void {
    const [kernel, version] = [this.#kernel, this.#version]
    const rules = difference(kernel.rules(version), desiredRules(desired), ruleText)
    const there = kernel.routes(version, desired.table)
    const { gone, come } = difference(there, desiredRoutes(desired, index), routeText)
    this.#change(desired, rules, { gone: index === undefined ? [] : gone, come })
  }

  #change(
    { table: used }: DesiredTunnel,
    rules: { readonly gone: readonly RoutingRule[]; readonly come: readonly RuleSpec[] },
    routes: { readonly gone: readonly KnownRoute[]; readonly come: readonly RouteSpec[] },
  ): void {
    const [kernel, version] = [this.#kernel, this.#version]
    for (const route of routes.come) kernel.addRoute(route)
    for (const rule of rules.come) kernel.addRule(rule)
    for (const rule of rules.gone) kernel.deleteRule(rule)
    this.#delete(notReplaced(routes), used)
    const others = rules.gone.map(({ table }) => table).filter((table) => table !== 0 && table !== used)
    for (const table of others) this.#delete(kernel.routes(version, table), table)
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

  #delete(routes: readonly KnownRoute[], table: number): void {
    for (const { destination, type = 'Unicast', metric = 0 } of routes)
      this.#kernel.deleteRoute({ destination, table, type, metric })
  }
}

/** Two routes to one destination with one metric are the same to IPv6, whatever their types: the old one went when the new one came. */
function notReplaced({
  gone,
  come,
}: {
  readonly gone: readonly KnownRoute[]
  readonly come: readonly RouteSpec[]
}): KnownRoute[] {
  const placeOf = ({ destination, metric = 0 }: Pick<RouteSpec, 'destination' | 'metric'>) =>
    `${destination} ${metric}`
  const replaced = new Set(come.map(placeOf))
  return gone.filter((route) => !replaced.has(placeOf(route)))
}

function hasSameRules(one: DesiredTunnel, other: DesiredTunnel): boolean {
  if (one.table !== other.table) return false
  return desiredRules(one).map(ruleText).join() === desiredRules(other).map(ruleText).join()
}
