/** What is ours in the kernel of one network namespace, by netlink. */

import { guardTableName } from '@margay/dataplane'
import {
  type Link,
  NetlinkError,
  Nftables,
  type Route,
  RouteSocket,
  type RoutingRule,
  RT_TABLE_MAIN,
  type RuleSpec,
} from '@margay/netlink'
import { dnsHoldTables } from '../dns/dns-hold.ts'
import { defaultNames } from '../encryption/tunnel-names.ts'
import { findDaemon } from '../encryption/wireguard-daemon.ts'
import { nodeMark } from '../host/holder-marks.ts'
import { shapingHandle } from '../host/netlink-host.ts'
import { isShapingLink } from '../host/shaping.ts'
import { readSysctls, writeSysctl } from '../host/sysctl-files.ts'
import { ourTables } from '../kernel/enforcer.ts'
import type { OwnObjects } from './own-objects.ts'
import type { LinkRef, Removal } from './removal.ts'

export interface NetlinkOwnObjectsOptions {
  /** As `ip netns` knows it; without it, the process's own. */
  readonly netns: string | undefined
  /** RTPROT number of routes that agents make. */
  readonly routeProtocol: number
}

export class NetlinkOwnObjects implements OwnObjects {
  readonly #netns: string | undefined
  readonly #routeProtocol: number
  readonly #nftables: Nftables
  readonly #routing: RouteSocket

  /** @throws SyscallError */
  constructor({ netns, routeProtocol }: NetlinkOwnObjectsOptions) {
    this.#netns = netns
    this.#routeProtocol = routeProtocol
    this.#nftables = Nftables.open(netns === undefined ? {} : { netns })
    this.#routing = RouteSocket.open(netns)
  }

  close(): void {
    this.#nftables.close()
    this.#routing.close()
  }

  /** A redirection before the link that it leads to: else the kernel would drop what comes there. */
  find(): Removal[] {
    const links = this.#routing.links()
    const shaping = links.filter(isShapingLink)
    const others = links.filter((link) => !isShapingLink(link))
    const rules = this.#rules()
    const routes = this.#routes(rules)
    return [
      ...rules.map((rule): Removal => ({ kind: 'Rule', rule })),
      ...this.#tables(),
      ...others.filter((link) => this.#isRedirected(link, shaping)).map(ofLink('Redirect')),
      ...others.filter(({ index }) => this.#hasBucket(index)).map(ofLink('Bucket')),
      ...shaping.map(ofLink('Link')),
      ...routes.map(
        (route): Removal => ({
          kind: 'Route',
          route,
          link: links.find(({ index }) => index === route.index),
        }),
      ),
      ...links.filter((link) => this.#isTunnel(link, routes)).map(ofLink('Device')),
      ...this.#marks(),
    ]
  }

  remove(removal: Removal): void {
    try {
      this.#remove(removal)
    } catch (error) {
      if (!(error instanceof NetlinkError && goneErrors.has(error.errno))) throw error
    }
  }

  #remove(removal: Removal): void {
    switch (removal.kind) {
      case 'Table':
        this.#nftables.commit([{ do: 'delete-table', table: removal.table }])
        break
      case 'Redirect':
        this.#routing.deleteRedirects(removal.link.index)
        break
      case 'Bucket':
        this.#routing.deleteRootQdisc(removal.link.index)
        break
      case 'Link':
        this.#routing.deleteLink(removal.link.index)
        break
      case 'Mark':
        writeSysctl(this.#netns, removal.path, '0')
        break
      case 'Rule':
        this.#routing.deleteRule(ruleSpec(removal.rule))
        break
      case 'Device':
        this.#removeDevice(removal.link)
        break
      case 'Route':
        this.#routing.deleteRoute(routeSpec(removal.route))
        break
    }
  }

  #tables(): Removal[] {
    return [...ourTables, { family: 'inet' as const, name: guardTableName }, ...dnsHoldTables]
      .filter((table) => this.#nftables.read(table) !== undefined)
      .map((table) => ({ kind: 'Table', table }))
  }

  #isRedirected({ index }: Link, shaping: readonly Link[]): boolean {
    const targets = this.#routing.redirectsOf(index)
    return shaping.some((link) => targets.includes(link.index))
  }

  #hasBucket(index: number): boolean {
    return this.#routing.rootQdisc(index)?.handle === shapingHandle
  }

  /** Those of pods' interfaces say nothing without it. */
  #marks(): Removal[] {
    const { path, value } = nodeMark
    return readSysctls(this.#netns, [path]).get(path) === value ? [{ kind: 'Mark', path }] : []
  }

  #rules(): RoutingRule[] {
    return families
      .flatMap((family) => this.#routing.rules(family))
      .filter(({ protocol }) => protocol === this.#routeProtocol)
  }

  /** To whose device one of our routes leads in a table of tunnels, or which a process runs that agents start; and no other link. */
  #isTunnel({ index, name, kind }: Link, routes: readonly Route[]): boolean {
    const isLedTo = routes.some(
      (route) => route.index === index && route.table !== RT_TABLE_MAIN && route.type === 'Unicast',
    )
    if (kind === 'wireguard') return isLedTo
    return (isLedTo || defaultNames.includes(name)) && findDaemon(name, this.#netns) !== undefined
  }

  /** What a process runs goes with it. */
  #removeDevice({ index, name }: LinkRef): void {
    const daemon = findDaemon(name, this.#netns)
    if (daemon === undefined) this.#routing.deleteLink(index)
    else process.kill(daemon.processId, 'SIGTERM')
  }

  /** In the main table, and in those to which our rules lead: others may use our number elsewhere. */
  #routes(rules: readonly RoutingRule[]): Route[] {
    const tables = new Set([
      RT_TABLE_MAIN,
      ...rules.filter(({ action }) => action === 'Table').map(({ table }) => table),
    ])
    return [...tables].flatMap((table) =>
      families.flatMap((family) => this.#routing.routes({ family, table, protocol: this.#routeProtocol })),
    )
  }
}

const families = [4, 6] as const

/** No such object; for routes, no such process. */
const goneErrors = new Set(['ENOENT', 'ENODEV', 'ESRCH'])

function ofLink(kind: 'Redirect' | 'Bucket' | 'Link' | 'Device'): (link: Link) => Removal {
  return ({ index, name }) => ({ kind, link: { index, name } })
}

function routeSpec({ destination, table, type, protocol, scope, metric, index, gateway }: Route) {
  return {
    destination,
    table,
    type,
    protocol,
    scope,
    metric,
    ...(index === undefined || type !== 'Unicast' ? {} : { index }),
    ...(gateway === undefined ? {} : { gateway }),
  }
}

/** What the kernel says of a rule and takes to find it. */
function ruleSpec({
  family,
  priority,
  action,
  table,
  target,
  mark,
  isInverted,
  source,
  inputInterface,
  protocol,
}: RoutingRule): RuleSpec {
  return {
    family,
    priority,
    action,
    table,
    isInverted,
    protocol,
    ...(target === undefined ? {} : { target }),
    ...(mark === undefined ? {} : { mark }),
    ...(source === undefined ? {} : { source }),
    ...(inputInterface === undefined ? {} : { inputInterface }),
  }
}
