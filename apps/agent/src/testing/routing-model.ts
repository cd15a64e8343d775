/** How a kernel finds a packet's way by rules and routes, slow and obvious. Source: ip-rule(8), ip-route(8), linux/net/core/fib_rules.c. */
import type { RouteSpec, RuleSpec } from '@margay/netlink'
import { cidrContains, type Ip, parseCidr } from '@margay/netset'

export interface RoutedPacket {
  /** Undefined: the kernel chooses it by the way that the packet goes. */
  readonly source: Ip | undefined
  readonly destination: Ip
  /** `lo` for what the node itself sends. */
  readonly inputInterface: string
  readonly mark: number
}

/** `Main`: as if there were no rules but the kernel's own. `Dropped`: nowhere. Else the index of the device. */
export type Way = 'Main' | 'Dropped' | number

export function wayOf(packet: RoutedPacket, rules: readonly RuleSpec[], routes: readonly RouteSpec[]): Way {
  const ordered = rules.toSorted((one, other) => one.priority - other.priority)
  for (let next = 0; next < ordered.length; ) {
    const rule = ordered[next] as RuleSpec
    next += 1
    if (isMeant(rule, packet) === (rule.isInverted === true)) continue
    if (rule.action === 'Goto') {
      const target = ordered.findIndex(({ priority }) => priority === rule.target)
      if (target >= 0) next = target
    }
    const found = rule.action === 'Table' ? lookUp(packet.destination, rule.table, routes) : undefined
    if (found !== undefined) return found
  }
  return 'Main'
}

function isMeant({ mark, source, inputInterface }: RuleSpec, packet: RoutedPacket): boolean {
  if (mark !== undefined && (packet.mark & mark.mask) >>> 0 !== mark.value) return false
  if (inputInterface !== undefined && inputInterface !== packet.inputInterface) return false
  return source === undefined || (packet.source !== undefined && holds(source, packet.source))
}

/** Undefined: the next rule goes on. */
function lookUp(destination: Ip, table: number | undefined, routes: readonly RouteSpec[]): Way | undefined {
  const [best] = routes
    .filter((route) => route.table === table && holds(route.destination, destination))
    .toSorted((one, other) => lengthOf(other) - lengthOf(one) || (one.metric ?? 0) - (other.metric ?? 0))
  if (best === undefined || best.type === 'Throw') return undefined
  return best.type === 'Blackhole' ? 'Dropped' : best.index
}

function lengthOf({ destination }: RouteSpec): number {
  return parseCidr(destination)?.prefixLength ?? 0
}

function holds(text: string, ip: Ip): boolean {
  const cidr = parseCidr(text)
  return cidr !== undefined && cidrContains(cidr, ip)
}
