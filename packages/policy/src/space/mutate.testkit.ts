/** Changes of policies: some that may change what they mean, and some that can't. */
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'

/** Undefined where there is nothing to change in this way. */
export type Change = (object: ResourceObject, choose: Choose) => ResourceObject | undefined

/** A number from 0 to below `count`. */
export type Choose = (count: number) => number

export function chooseBy(seed: number): Choose {
  let state = seed >>> 0
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return count === 0 ? 0 : (state >>> 8) % count
  }
}

type Json = { [key: string]: unknown }

const calico = 'projectcalico.org/v3'
const isCalicoPolicy = ({ apiVersion, kind }: ResourceObject) =>
  apiVersion === calico && (kind === 'NetworkPolicy' || kind === 'GlobalNetworkPolicy')

export function isPolicy({ kind }: ResourceObject): boolean {
  return kind.endsWith('NetworkPolicy')
}

/** What may change the meaning. */
export const mutations: Readonly<Record<string, Change>> = {
  'another action': changeRule((rule, choose) => {
    const others = ['Allow', 'Deny', 'Pass'].filter((it) => it !== rule.action)
    return { ...rule, action: others[choose(others.length)] }
  }),
  'a rule less': changeRules((rules, choose) => rules.toSpliced(choose(rules.length), 1)),
  'two rules in each other’s place': changeRules((rules, choose) => {
    const at = choose(rules.length - 1)
    return rules.length < 2 ? undefined : rules.toSpliced(at, 2, rules[at + 1] as Json, rules[at] as Json)
  }),
  'another protocol': changeRule((rule) =>
    typeof rule.protocol === 'string'
      ? { ...rule, protocol: rule.protocol === 'TCP' ? 'UDP' : 'TCP' }
      : undefined,
  ),
  'other ports': changeSide((side) =>
    Array.isArray(side.ports) ? { ...side, ports: side.ports.map(nextPort) } : undefined,
  ),
  'a negation': changeSide((side) => {
    const { nets, notNets, ports, notPorts, ...rest } = side
    if (nets === undefined && notNets === undefined && ports === undefined && notPorts === undefined)
      return undefined
    return defined({ ...rest, nets: notNets, notNets: nets, ports: notPorts, notPorts: ports })
  }),
  'another selector': changeSide((side) =>
    typeof side.selector === 'string' ? { ...side, selector: `!(${side.selector})` } : undefined,
  ),
  'others that it applies to': changeSpec((spec) =>
    typeof spec.selector === 'string' && spec.selector !== ''
      ? { ...spec, selector: `!(${spec.selector})` }
      : undefined,
  ),
  'another order': changeSpec((spec, choose) => ({ ...spec, order: choose(3000) })),
  'a Kubernetes rule less': (object, choose) => {
    const spec = object.spec as Json | undefined
    const list = spec?.ingress
    if (object.apiVersion !== 'networking.k8s.io/v1' || !Array.isArray(list) || list.length === 0)
      return undefined
    return { ...object, spec: { ...spec, ingress: list.toSpliced(choose(list.length), 1) } }
  },
}

/** What can't change the meaning. */
export const rewrites: Readonly<Record<string, Change>> = {
  'a rule twice': changeRules((rules, choose) => {
    const at = choose(rules.length)
    return rules.toSpliced(at, 0, rules[at] as Json)
  }),
  'a rule behind all that is denied or allowed': changeRules((rules) => {
    const last = rules.at(-1)
    const isFinal = last !== undefined && Object.keys(last).join() === 'action' && last.action !== 'Log'
    return isFinal ? [...rules, { action: 'Allow', protocol: 'TCP' }] : undefined
  }),
  'a Log rule': changeRules((rules, choose) =>
    rules.toSpliced(choose(rules.length + 1), 0, { action: 'Log' }),
  ),
  'ports in another order': changeSide((side) =>
    Array.isArray(side.ports) ? { ...side, ports: side.ports.toReversed() } : undefined,
  ),
  'a rule for each port': changeRules((rules, choose) => {
    const at = choose(rules.length)
    const rule = rules[at]
    const destination = rule?.destination as Json | undefined
    if (rule === undefined || !Array.isArray(destination?.ports) || destination.ports.length < 2)
      return undefined
    const each = destination.ports.map((port: unknown) => ({
      ...rule,
      destination: { ...destination, ports: [port] },
    }))
    return rules.toSpliced(at, 1, ...each)
  }),
  'nets as their halves': changeSide((side) =>
    Array.isArray(side.nets) ? { ...side, nets: side.nets.flatMap(halves) } : undefined,
  ),
  'a selector, denied twice': changeSide((side) =>
    typeof side.selector === 'string' ? { ...side, selector: `!(!(${side.selector}))` } : undefined,
  ),
  'a selector and itself': changeSpec((spec) =>
    typeof spec.selector === 'string' && spec.selector !== ''
      ? { ...spec, selector: `(${spec.selector}) && (${spec.selector})` }
      : undefined,
  ),
  'labels of the policy': (object) =>
    isPolicy(object)
      ? { ...object, metadata: { ...object.metadata, labels: { changed: 'yes' } } }
      : undefined,
}

/** A change of one object of the world that can be changed so. */
export function applied(
  objects: readonly ResourceObject[],
  change: Change,
  choose: Choose,
): ResourceObject[] | undefined {
  return firstOf([...objects.keys()], choose, (at) => {
    const changed = change(objects[at] as ResourceObject, choose)
    return changed === undefined ? undefined : objects.with(at, changed)
  })
}

/** Worlds, the same for the same seed. */
export function sampled<T>(arbitrary: fc.Arbitrary<T>, count: number, seed: number): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed })
}

function changeSpec(change: (spec: Json, choose: Choose) => Json | undefined): Change {
  return (object, choose) => {
    if (!isCalicoPolicy(object)) return undefined
    const spec = change(object.spec as Json, choose)
    return spec === undefined ? undefined : { ...object, spec }
  }
}

/** Of one direction, of which it can be done. */
function changeRules(change: (rules: readonly Json[], choose: Choose) => Json[] | undefined): Change {
  return changeSpec((spec, choose) =>
    firstOf(['ingress', 'egress'], choose, (direction) => {
      const rules = spec[direction]
      if (!Array.isArray(rules) || rules.length === 0) return undefined
      const changed = change(rules, choose)
      return changed === undefined ? undefined : { ...spec, [direction]: changed }
    }),
  )
}

function changeRule(change: (rule: Json, choose: Choose) => Json | undefined): Change {
  return changeRules((rules, choose) =>
    firstOf([...rules.keys()], choose, (at) => {
      const changed = change(rules[at] as Json, choose)
      return changed === undefined ? undefined : rules.with(at, changed)
    }),
  )
}

function changeSide(change: (side: Json) => Json | undefined): Change {
  return changeRule((rule, choose) =>
    firstOf(['source', 'destination'], choose, (name) => {
      const side = rule[name] as Json | undefined
      const changed = side === undefined ? undefined : change(side)
      return changed === undefined ? undefined : { ...rule, [name]: changed }
    }),
  )
}

/** From any of them on, the first for which there is something. */
function firstOf<T, R>(all: readonly T[], choose: Choose, find: (it: T) => R | undefined): R | undefined {
  const start = choose(all.length)
  for (let i = 0; i < all.length; i++) {
    const found = find(all[(start + i) % all.length] as T)
    if (found !== undefined) return found
  }
  return undefined
}

function nextPort(port: unknown): unknown {
  return typeof port === 'number' ? (port % 65_535) + 1 : port
}

function halves(net: unknown): unknown[] {
  const [base = '', length = ''] = String(net).split('/')
  const bits = Number(length)
  const bytes = base.split('.').map(Number)
  if (bytes.length !== 4 || length === '' || bits > 31) return [net]
  const byte = Math.floor(bits / 8)
  const upper = bytes.with(byte, (bytes[byte] as number) | (1 << (7 - (bits % 8))))
  return [`${base}/${bits + 1}`, `${upper.join('.')}/${bits + 1}`]
}

function defined(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
