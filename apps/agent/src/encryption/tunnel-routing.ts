/** Leads packets into a tunnel, and around it: routes and rules of one IP version, as they are in the kernel. */
import type { Route, RouteSpec } from '@margay/netlink'
import type { IpVersion } from '@margay/netset'
import { desiredRoutes, desiredRules, difference, routeText, ruleText } from './routing-plan.ts'
import type { TunnelKernel } from './tunnel-kernel.ts'
import type { DesiredTunnel } from './tunnel-model.ts'

type RoutingKernel = Pick<
  TunnelKernel,
  'routes' | 'addRoute' | 'deleteRoute' | 'rules' | 'addRule' | 'deleteRule'
>

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
   * earlier agent left, and that works. Rules come last, and go first. @throws NetlinkError
   */
  lead(desired: DesiredTunnel, index: number | undefined): void {
    if (this.#isSure && index !== undefined && isSameRouting(this.#led, desired)) return
    const [kernel, version] = [this.#kernel, this.#version]
    const rules = difference(kernel.rules(version), desiredRules(desired), ruleText)
    const routes = difference(kernel.routes(version, desired.table), desiredRoutes(desired, index), routeText)
    for (const route of routes.come) kernel.addRoute(route)
    for (const rule of rules.come) kernel.addRule(rule)
    for (const rule of rules.gone) kernel.deleteRule(rule)
    this.#delete(index === undefined ? [] : notReplaced(routes))
    const tables = rules.gone
      .map(({ table }) => table)
      .filter((table) => table !== 0 && table !== desired.table)
    for (const table of tables) this.#delete(kernel.routes(version, table))
    this.#led = desired
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
    for (const table of tables) this.#delete(this.#kernel.routes(this.#version, table))
    this.#led = undefined
    this.#isSure = false
    return rules.length > 0
  }

  #delete(routes: readonly Route[]): void {
    for (const { destination, table, type, metric } of routes)
      this.#kernel.deleteRoute({ destination, table, type, metric })
  }
}

/** Two routes to one destination with one metric are the same to IPv6, whatever their types: the old one went when the new one came. */
function notReplaced({
  gone,
  come,
}: {
  readonly gone: readonly Route[]
  readonly come: readonly RouteSpec[]
}): Route[] {
  const placeOf = ({ destination, metric }: Pick<RouteSpec, 'destination' | 'metric'>) =>
    `${destination} ${metric}`
  const replaced = new Set(come.map(placeOf))
  return gone.filter((route) => !replaced.has(placeOf(route)))
}

function isSameRouting(one: DesiredTunnel | undefined, other: DesiredTunnel): boolean {
  if (one === undefined || one === other) return one === other
  if (one.routes.size !== other.routes.size) return false
  for (const [destination, how] of other.routes) if (one.routes.get(destination) !== how) return false
  return desiredRules(one).map(ruleText).join() === desiredRules(other).map(ruleText).join()
}
