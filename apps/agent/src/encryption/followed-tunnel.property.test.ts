/** Whatever changes in a cluster, and in which order: following the changes comes to what working it out anew does. */
import { type Cidr, type Ip, parseCidr, parseIp } from '@margay/netset'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endpointOf, settingsOf } from './cluster.testkit.ts'
import { desiredTunnel, guardedAddresses } from './desired-tunnel.ts'
import { FollowedTunnel } from './followed-tunnel.ts'
import { routeChanges } from './parted-routes.ts'
import { Strays } from './strays.ts'
import type { ClusterNode, DesiredTunnel, TunnelRoute, TunnelWorld } from './tunnel-model.ts'

const cidr = (text: string) => parseCidr(text) as Cidr
const ip = (text: string) => parseIp(text) as Ip

/** The first is the own one. */
const names = ['a', 'b', 'c', 'd']
const blocks = ['10.0.0.0/23', '10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.2.0/26'].map(cidr)
const addresses = ['192.0.2.1', '192.0.2.2', '10.0.2.20', '10.0.9.9'].map(ip)
const podIps = ['10.0.0.5', '10.0.1.9', '10.0.2.3', '10.0.2.20', '10.0.9.9', '10.77.0.3', '172.16.0.9'].map(
  ip,
)

const node = fc.record({
  publicKey: fc.constantFrom('key 1', 'key 2', 'key 3', undefined),
  isMalformed: fc.nat(9).map((n) => n === 0),
  address: fc.constantFrom(...addresses, undefined),
  interfaceAddress: fc.constantFrom(ip('10.0.0.200'), ip('10.0.2.3'), undefined, undefined),
  podCidrs: fc.uniqueArray(fc.constantFrom(...blocks), { maxLength: 2 }),
})

const settings = fc
  .record({
    version: fc.constant(4 as const),
    required: fc.boolean(),
    hostEncryption: fc.boolean(),
    exempt: fc
      .constantFrom([], [], ['10.77.0.0/16'], ['10.0.2.0/26', '10.77.0.0/16'])
      .map((all) => all.map(cidr)),
    isOn: fc.nat(9).map((n) => n > 0),
  })
  .map((it) => settingsOf(it, it))

const pools = fc
  .constantFrom([], ['10.0.0.0/16'], ['10.0.0.0/8', '172.16.0.0/24'])
  .map((all) => all.map(cidr))

/** Of one cluster to the next; what is undefined stays. */
const step = fc.record({
  /** Null: it leaves. */
  node: fc.tuple(fc.constantFrom(...names), fc.option(node, { freq: 4 })),
  come: fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...podIps)), { maxLength: 3 }),
  leave: fc.array(fc.nat(8), { maxLength: 3 }),
  settings: fc.option(settings, { nil: undefined, freq: 1 }),
  pools: fc.option(pools, { nil: undefined, freq: 1 }),
  /** All nodes are told again, as other objects. */
  isToldAgain: fc.boolean(),
})

const byText = (one: { readonly node: string }, other: { readonly node: string }) =>
  one.node < other.node ? -1 : 1

/** Without what says nothing: in which order lists are, and whether a line is told twice. */
function plain(tunnel: DesiredTunnel | undefined) {
  if (tunnel === undefined) return undefined
  const { clear, problems, routes, ...rest } = tunnel
  return {
    ...rest,
    clear: clear.toSorted(byText),
    problems: [...new Set(problems)].sort(),
    routes: new Map([...routes].toSorted()),
  }
}

/** What was told of changes alone, one after the other. */
class Told {
  readonly routes = new Map<string, TunnelRoute>()
  #last: ReadonlyMap<string, TunnelRoute> = new Map()

  take(routes: ReadonlyMap<string, TunnelRoute>): void {
    const { gone, come } = routeChanges(this.#last, routes)
    for (const destination of gone.keys()) this.routes.delete(destination)
    for (const [destination, how] of come) this.routes.set(destination, how)
    this.#last = routes
  }
}

test('following changes comes to what working it out anew does', () => {
  fc.assert(
    fc.property(
      settings,
      pools,
      fc.array(step, { minLength: 1, maxLength: 12 }),
      (first, firstPools, steps) => {
        const [followed, told] = [new FollowedTunnel(), new Told()]
        const nodes = new Map<string, ClusterNode>()
        const homes = () => new Map(Array.from(nodes, ([name, { podCidrs }]) => [name, podCidrs]))
        const strays = new Strays(homes(), [])
        let [world, pods]: [Pick<TunnelWorld, 'settings' | 'pools'>, ReturnType<typeof endpointOf>[]] = [
          { settings: first, pools: firstPools },
          [],
        ]
        for (const {
          node,
          come,
          leave,
          isToldAgain,
          settings = world.settings,
          pools = world.pools,
        } of steps) {
          world = { settings, pools }
          const gone = pods.filter((_, index) => leave.includes(index))
          const young = come.map(([node, ip]) => endpointOf({ node, ip }))
          strays.update({ come: young, gone })
          pods = [...pods.filter((it) => !gone.includes(it)), ...young]
          const [name, content] = node
          if (content === null) nodes.delete(name)
          else nodes.set(name, { name, ...content })
          if (isToldAgain) for (const [name, it] of nodes) nodes.set(name, { ...it })
          strays.rehome(homes(), () => pods)

          const common = { version: 4, ownName: 'a', ...world, nodes: [...nodes.values()] } as const
          const anew: TunnelWorld = { ...common, strays: new Strays(homes(), pods).of(4) }
          const now = { ...common, strays: strays.of(4) }
          const { tunnel, guarded } = followed.follow(now)
          expect(plain(tunnel)).toEqual(plain(desiredTunnel(anew)))
          expect(guarded).toEqual(settings.required ? guardedAddresses(anew) : undefined)
          // Nothing changed, so nothing is to be looked at.
          expect(followed.follow(now).tunnel).toBe(tunnel)
          told.take(tunnel?.routes ?? new Map())
          expect(told.routes).toEqual(new Map(tunnel?.routes))
          expect(tunnel?.routes.size ?? 0).toBe(told.routes.size)
          for (const [destination, how] of told.routes) expect(tunnel?.routes.get(destination)).toBe(how)
        }
      },
    ),
    { numRuns: 300 },
  )
})
