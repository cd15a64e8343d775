/**
 * Routes, rules and the address that lead packets into a device, or around it. Pure.
 *
 * Rules    before P   packets that never go through the tunnel skip it, to the rule behind it
 *          P          everything that the device has not sent itself looks into the table
 *          behind P   where those go on that skip it
 * Source   spec/dataplane.md 6.1 for the rule at P; those around it are our own.
 */
import type { RouteSpec, RuleSpec } from '@margay/netlink'
import { formatCidr, hostCidr } from '@margay/netset'
import { routeChanges } from './parted-routes.ts'
import type { DesiredTunnel } from './tunnel-model.ts'

/** Marks what the agent made, as its other routes: see `defaultHostSettings`. */
export const routeProtocol = 77

/** Worse than any that the kernel chooses: it counts while the device is away. Below what the kernel takes for unset. */
export const fallbackMetric = 4_000_000
const deviceMetric = 1024

export function desiredRules({
  version,
  table,
  rulePriority,
  mark,
  carriesHost,
  plain,
}: DesiredTunnel): RuleSpec[] {
  const own = { family: version, protocol: routeProtocol }
  const around = { ...own, priority: rulePriority - 1, action: 'Goto', target: rulePriority + 1 } as const
  const skipping: RuleSpec[] = [
    ...(carriesHost ? [] : [{ ...around, inputInterface: 'lo' }]),
    ...plain.map((cidr) => (cidr.prefixLength === 0 ? around : { ...around, source: formatCidr(cidr) })),
  ]
  return [
    ...(skipping.length === 0 ? [] : [{ ...own, priority: rulePriority + 1, action: 'Nothing' } as const]),
    ...skipping,
    {
      ...own,
      priority: rulePriority,
      action: 'Table',
      table,
      mark: { value: mark, mask: mark },
      isInverted: true,
    },
  ]
}

/**
 * For what goes through the device there are two routes: while the device is away the worse one counts, and nothing goes in the clear.
 * `index` is the device's; undefined: it is not there yet.
 */
export function desiredRoutes(
  { version, table, routes }: Pick<DesiredTunnel, 'version' | 'table' | 'routes'>,
  index: number | undefined,
): RouteSpec[] {
  const own = { table, protocol: routeProtocol }
  return Array.from(routes, ([destination, how]): RouteSpec[] => {
    if (how === 'Throw') return [{ ...own, destination, type: 'Throw', metric: deviceMetric }]
    const fallback: RouteSpec = { ...own, destination, type: 'Blackhole', metric: fallbackMetric }
    return index === undefined ? [fallback] : [fallback, { ...own, destination, index, metric: deviceMetric }]
  })
    .flat()
    .map((spec) => ({ ...spec, scope: version === 4 && spec.index !== undefined ? linkScope : 0 }))
}

/** Between two ends with the same table and device. Cost: what changed, where both were followed. */
export function changedRoutes(
  before: DesiredTunnel,
  after: DesiredTunnel,
  index: number | undefined,
): { readonly gone: RouteSpec[]; readonly come: RouteSpec[] } {
  const { gone, come } = routeChanges(before.routes, after.routes)
  const specs = (routes: DesiredTunnel['routes']) => desiredRoutes({ ...after, routes }, index)
  return { gone: specs(gone), come: specs(come) }
}

/** RT_SCOPE_LINK: there is no gateway. */
const linkScope = 253

export function desiredAddress({ address }: DesiredTunnel): string | undefined {
  return address === undefined ? undefined : formatCidr(hostCidr(address))
}

/** Tells specs apart, and what is there from what is to be. The kernel says of IPv6 routes without a device that theirs is `lo`. */
export function routeText({
  destination,
  type = 'Unicast',
  index,
  metric = 0,
}: Pick<RouteSpec, 'destination' | 'type' | 'metric'> & { readonly index?: number | undefined }): string {
  return `${type} ${destination} ${type === 'Unicast' ? index : '-'} ${metric}`
}

export function ruleText(rule: Partial<RuleSpec>): string {
  const { priority, action, table = 0, mark, isInverted = false, source, inputInterface, target } = rule
  const marked = mark === undefined ? '-' : `${mark.value}/${mark.mask}`
  return [
    priority,
    action,
    table,
    marked,
    isInverted,
    source ?? '-',
    inputInterface ?? '-',
    target ?? '-',
  ].join(' ')
}

/** What has to be removed and added. Nobody else's is ever touched: others have another protocol. */
export function difference<There, Wanted>(
  there: readonly There[],
  wanted: readonly Wanted[],
  textOf: (it: There | Wanted) => string,
): { readonly gone: There[]; readonly come: Wanted[] } {
  const present = new Set(there.map(textOf))
  const desired = new Set(wanted.map(textOf))
  return {
    gone: there.filter((it) => !desired.has(textOf(it))),
    come: wanted.filter((it) => !present.has(textOf(it))),
  }
}
