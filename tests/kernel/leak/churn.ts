/**
 * Worlds that follow each other: mostly one change after the other, as a cluster's life is, now and then another world as a
 * whole. Pods come, go and change their labels; policies, staged ones among them, sets and tiers come, go and change; and a pair of policies of the first
 * tier always closes one port, but swaps the end at which it does.
 */
import type { ResourceObject } from '@margay/resources'
import { type Cast, withStaged, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { pick, seededRandom } from '../../../benchmarks/world/random.ts'
import { closedPort, lasting, openPort } from './streams.ts'

type World = ReadonlyMap<string, ResourceObject>

const poolSize = 300
const percent = { wholeWorlds: 8, swaps: 25, podsGo: 10 } as const

export class Churn {
  readonly #random: () => number
  readonly #pool: readonly World[]
  readonly #cast: Cast
  #world: World
  #swaps = 0

  constructor(cast: Cast, seed: number) {
    this.#cast = cast
    this.#random = seededRandom(seed)
    const world = fc.oneof(worlds(cast), withStaged(worlds(cast)))
    this.#pool = fc.sample(world, { numRuns: poolSize, seed }).map(byIdentity)
    this.#world = this.#pool[0] ?? new Map()
  }

  /** The next world. */
  next(): ResourceObject[] {
    const die = this.#random() * 100
    if (die < percent.wholeWorlds) this.#world = pick(this.#pool, this.#random)
    else if (die < percent.wholeWorlds + percent.swaps) this.#swaps++
    else this.#world = this.#changed(pick(this.#pool, this.#random))
    return this.current
  }

  /** What has to be there for the streams to mean something takes the place of what chance left out. */
  get current(): ResourceObject[] {
    const always = [...firstTier(this.#swaps), ...namespacesOf(this.#cast)]
    const pods = lastingPods(this.#cast)
    return [
      ...new Map([
        ...byIdentity([...always, ...pods]),
        ...this.#world,
        ...byIdentity(firstTier(this.#swaps)),
      ]).values(),
    ]
  }

  /** One object comes, goes, or becomes what it is in another world. */
  #changed(other: World): World {
    const world = new Map(this.#world)
    const [there, elsewhere] = [[...world.keys()], [...other.keys()]]
    const goes = elsewhere.length === 0 || (there.length > 0 && this.#random() * 100 < percent.podsGo)
    const key = pick(goes ? there : elsewhere, this.#random)
    const object = other.get(key)
    if (object === undefined || goes) world.delete(key)
    else world.set(key, object)
    return world
  }
}

function byIdentity(objects: readonly ResourceObject[]): World {
  return new Map(objects.filter(isWanted).map((object) => [identityOf(object), object]))
}

function identityOf({ apiVersion, kind, metadata }: ResourceObject): string {
  return `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}

/** A pod that has to last does not end. */
function isWanted({ kind, metadata, status }: ResourceObject): boolean {
  const isLasting = kind === 'Pod' && lasting.includes(`${metadata.namespace}/${metadata.name}`)
  return !isLasting || (status as { phase?: string } | undefined)?.phase === 'Running'
}

function namespacesOf({ seats }: Cast): ResourceObject[] {
  return [...new Set(seats.map(({ namespace }) => namespace))].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }))
}

function lastingPods({ seats }: Cast): ResourceObject[] {
  return seats
    .filter(({ namespace, name }) => lasting.includes(`${namespace}/${name}`))
    .map(({ namespace, name, node, addresses }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name },
      spec: { nodeName: node, containers: [{ name: 'c', image: 'registry.k8s.io/pause' }] },
      status: { phase: 'Running', podIPs: addresses.map((ip) => ({ ip })) },
    }))
}

/** Comes before all others, and only speaks of two ports. */
function firstTier(swaps: number): ResourceObject[] {
  const metadata = { name: 'first' }
  const tier = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Tier',
    metadata,
    spec: { order: 1, defaultAction: 'Pass' },
  }
  return [tier, openPolicy, closedPolicy(swaps)]
}

function firstPolicy(name: string, spec: object): ResourceObject {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: `first.${name}` },
    spec: { tier: 'first', selector: 'all()', types: ['Ingress', 'Egress'], ...spec },
  }
}

const openRules = ['TCP', 'UDP'].map((protocol) => ({
  action: 'Allow',
  protocol,
  destination: { ports: [openPort, openPort + 2] },
}))
const openPolicy = firstPolicy('open', { order: 1, ingress: openRules, egress: openRules })

/** The same world, in which the port that is always closed is open at both ends. */
export function loosened(objects: readonly ResourceObject[]): ResourceObject[] {
  return objects.map((object) =>
    object.metadata.name.startsWith('first.closed-') ? looseAt(object) : object,
  )
}

function looseAt({ metadata, ...object }: ResourceObject): ResourceObject {
  const rules = [{ action: 'Allow', protocol: 'UDP', destination: { ports: [closedPort] } }]
  return { ...object, metadata, spec: { ...(object.spec as object), ingress: rules, egress: rules } }
}

/** Every other swap gives the policy another name, and every fourth makes its rules select in another way. */
function closedPolicy(swaps: number): ResourceObject {
  const peer = swaps % 8 < 4 ? {} : { selector: 'all()' }
  const destination = { ports: [closedPort] }
  const rule = (action: string | undefined, end: 'source' | 'destination') => [
    end === 'source'
      ? { action, protocol: 'UDP', source: peer, destination }
      : { action, protocol: 'UDP', destination: { ...destination, ...peer } },
  ]
  const [ingress, egress] = swaps % 2 === 0 ? ['Deny', 'Allow'] : ['Allow', 'Deny']
  return firstPolicy(`closed-${Math.floor(swaps / 2) % 2}`, {
    order: 2,
    ingress: rule(ingress, 'source'),
    egress: rule(egress, 'destination'),
  })
}
