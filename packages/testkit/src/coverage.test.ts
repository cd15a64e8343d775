/** A generator that never says something tests nothing of it: everything that policies can say must appear in a sample. */
import { buildPolicyState, evaluate } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { smallCast } from './cast.ts'
import { flowOf, packetLists } from './packets.ts'
import { withStaged } from './staged.ts'
import { admitAll, worlds } from './world.ts'

const packetList = packetLists(smallCast, { minLength: 20, maxLength: 20 })
const sample = fc.sample(fc.tuple(worlds(smallCast), packetList), { numRuns: 500, seed: 5 })
const said = new Set(sample.flatMap(([objects]) => objects.flatMap(statementsOf)))

/** Of each field its path, without positions in lists, and of each text and number `path=value`. */
function statementsOf({ apiVersion, kind, metadata, spec }: ResourceObject): string[] {
  const group = apiVersion.split('/').at(-2)
  return statementsIn(`${group === 'networking.k8s.io' ? 'Kubernetes' : ''}${kind}`, { metadata, spec })
}

function statementsIn(path: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => statementsIn(path, item))
  if (typeof value !== 'object' || value === null) return [path, `${path}=${value}`]
  return [path, ...Object.entries(value).flatMap(([key, field]) => statementsIn(`${path}.${key}`, field))]
}

function missing(paths: readonly string[]): string[] {
  return paths.filter((path) => !said.has(path))
}

const product = (parts: readonly string[], others: readonly string[]) =>
  parts.flatMap((part) => others.map((other) => `${part}${other}`))

const calicoRules = product(['NetworkPolicy', 'GlobalNetworkPolicy'], ['.spec.ingress', '.spec.egress'])

test('v3 rules say each criterion, on each side and in each direction', () => {
  const side = ['nets', 'notNets', 'selector', 'notSelector', 'namespaceSelector', 'ports', 'notPorts']
  const accounts = ['serviceAccounts.names', 'serviceAccounts.selector']
  const sides = product(['.source.', '.destination.'], [...side, ...accounts])
  const whole = ['ipVersion=4', 'ipVersion=6', 'icmp.type', 'icmp.code', 'notICMP.type', 'notICMP.code']
  expect(missing(product(calicoRules, [...sides, ...whole.map((it) => `.${it}`)]))).toEqual([])
})

test('v3 rules take each action and each protocol, by name and by number, and its negation', () => {
  const actions = ['Allow', 'Deny', 'Pass', 'Log'].map((it) => `.action=${it}`)
  const protocols = ['TCP', 'UDP', 'SCTP', 'UDPLite', 'ICMP', 'ICMPv6', 6, 17, 132, 136, 1, 58, 47]
  expect(missing(product(calicoRules, [...actions, ...protocols.map((it) => `.protocol=${it}`)]))).toEqual([])
  expect(missing(protocols.map((it) => `NetworkPolicy.spec.ingress.notProtocol=${it}`))).toEqual([])
})

test('v3 rules name ports by number, range and name', () => {
  const ports = ['80', '80:443', 'http', 'admin']
  expect(missing(ports.map((it) => `NetworkPolicy.spec.ingress.destination.ports=${it}`))).toEqual([])
})

test('v3 rules that allow into pods ask for HTTP methods, paths and headers', () => {
  const parts = [
    'methods',
    'methods=*',
    'methods=GET',
    'paths.exact=/api',
    'paths.prefix=/api',
    'paths.prefix=/',
    'headers.header=x-team',
    'headers.header=host',
    ...['In', 'NotIn', 'Exists', 'DoesNotExist'].map((it) => `headers.operator=${it}`),
  ]
  const kinds = ['NetworkPolicy', 'GlobalNetworkPolicy']
  expect(missing(product(product(kinds, ['.spec.ingress.http.']), parts))).toEqual([])
})

test('only global() means what belongs to no namespace', () => {
  const selectors = ['global()', 'all()'].map((it) => `.source.namespaceSelector=${it}`)
  expect(
    missing(product(['NetworkPolicy.spec.ingress', 'GlobalNetworkPolicy.spec.ingress'], selectors)),
  ).toEqual([])
})

test('v3 policies have every head, and tiers of every kind', () => {
  const heads = ['.order', '.selector', '.serviceAccountSelector', '.types=Ingress', '.types=Egress']
  const administrators = ['kube-admin', 'kube-baseline', 'adminnetworkpolicy', 'baselineadminnetworkpolicy']
  const tiers = ['default', 'alpha', 'ghost', ...administrators].map((it) => `.tier=${it}`)
  expect(missing(product(['NetworkPolicy.spec', 'GlobalNetworkPolicy.spec'], [...heads, ...tiers]))).toEqual(
    [],
  )
  expect(missing(['GlobalNetworkPolicy.spec.namespaceSelector', 'StagedNetworkPolicy.spec'])).toEqual([])
  const actions = ['Deny', 'Pass', 'Allow'].map((it) => `Tier.spec.defaultAction=${it}`)
  expect(missing([...actions, 'Tier.spec.order=10', 'Tier.spec.order=1000000'])).toEqual([])
})

test('policies are staged in the place of others, beside them, and to take them away', () => {
  const sample = fc.sample(withStaged(worlds(smallCast)), { numRuns: 200, seed: 5 })
  const ways = new Set(sample.flatMap(stagedWays))
  const all = product(Object.keys(enforcedKinds), [' alone', ' beside', ' deletes'])
  expect(all.filter((it) => !ways.has(it))).toEqual([])
})

const enforcedKinds: Readonly<Record<string, string>> = {
  StagedNetworkPolicy: 'projectcalico.org/v3 NetworkPolicy',
  StagedGlobalNetworkPolicy: 'projectcalico.org/v3 GlobalNetworkPolicy',
  StagedKubernetesNetworkPolicy: 'networking.k8s.io/v1 NetworkPolicy',
}

function stagedWays(objects: readonly ResourceObject[]): string[] {
  const path = ({ metadata }: ResourceObject) => `${metadata.namespace}/${metadata.name}`
  const there = new Set(admitAll(objects).map((it) => `${it.apiVersion} ${it.kind} ${path(it)}`))
  return objects
    .filter(({ kind }) => kind in enforcedKinds)
    .map((object) => {
      const isBeside = there.has(`${enforcedKinds[object.kind]} ${path(object)}`)
      const { stagedAction } = object.spec as { readonly stagedAction?: string }
      return `${object.kind} ${stagedAction === 'Delete' ? 'deletes' : isBeside ? 'beside' : 'alone'}`
    })
}

test('Kubernetes policies say all they can', () => {
  const peers = product(
    ['.ingress.from', '.egress.to'],
    ['.podSelector', '.namespaceSelector', '.ipBlock.cidr', '.ipBlock.except'],
  )
  const ports = product(['.ingress.ports', '.egress.ports'], ['.port=80', '.port=http', '.endPort'])
  const selector = ['.matchLabels', '.matchExpressions.operator=NotIn'].map((it) => `.podSelector${it}`)
  const all = [...peers, ...ports, ...selector, '.policyTypes=Egress']
  expect(missing(all.map((it) => `KubernetesNetworkPolicy.spec${it}`))).toEqual([])
})

test('cluster policies say all they can', () => {
  const peers = ['.ingress.from', '.egress.to', '.subject'].flatMap((it) => [
    `${it}.namespaces`,
    `${it}.pods`,
  ])
  const more = ['.egress.to.networks', '.egress.to.nodes', '.tier=Admin', '.tier=Baseline', '.priority=1000']
  const protocols = ['.tcp', '.udp', '.sctp', '.destinationNamedPort'].map((it) => `.ingress.protocols${it}`)
  const actions = ['Accept', 'Deny', 'Pass'].flatMap((it) => [
    `.ingress.action=${it}`,
    `.egress.action=${it}`,
  ])
  const all = [...peers, ...more, ...protocols, ...actions].map((it) => `ClusterNetworkPolicy.spec${it}`)
  expect(missing(all)).toEqual([])
})

test.each([
  ['AdminNetworkPolicy', ['Allow', 'Deny', 'Pass'], ['.priority=0', '.priority=1000']],
  ['BaselineAdminNetworkPolicy', ['Allow', 'Deny'], []],
])('%s: it says all it can', (kind, actions, more) => {
  const pods = ['.namespaces', '.pods', '.pods.namespaceSelector', '.pods.podSelector']
  const peers = product(['.ingress.from', '.egress.to', '.subject'], pods)
  const ports = ['.portNumber', '.portNumber.protocol=UDP', '.portRange', '.namedPort']
  const rules = product(
    ['.ingress', '.egress'],
    [...actions.map((it) => `.action=${it}`), ...ports.map((it) => `.ports${it}`)],
  )
  const all = [...peers, '.egress.to.networks', '.egress.to.nodes', ...rules, ...more]
  expect(missing(all.map((it) => `${kind}.spec${it}`))).toEqual([])
})

test('each protocol is sent', () => {
  const sent = new Set(sample.flatMap(([, packets]) => packets.map(({ protocol }) => protocol)))
  expect([...sent].sort((a, b) => a - b)).toEqual([1, 6, 17, 47, 58, 132, 136, 253])
})

/** What decided each packet of the sample, as `verdict` and `kind of the last hit: action`. */
const decisions = sample.flatMap(([objects, packets]) => {
  const { state } = buildPolicyState(admitAll(objects))
  return packets.map((packet) => evaluate(state, flowOf(state, packet)))
})
const share = (count: number) => count / decisions.length

test('neither verdict is rare', () => {
  const allowed = share(decisions.filter(({ verdict }) => verdict === 'Allow').length)
  expect(allowed).toBeGreaterThan(0.3)
  expect(allowed).toBeLessThan(0.7)
})

test('rules that match, of each action, have a part in many decisions', () => {
  const hits = decisions.map(({ egress, ingress }) => [...(egress?.trace ?? []), ...(ingress?.trace ?? [])])
  const shareOf = (action: string) =>
    share(hits.filter((trace) => trace.some((hit) => hit.kind === 'Rule' && hit.action === action)).length)
  expect(share(hits.filter((trace) => trace.some(({ kind }) => kind === 'Rule')).length)).toBeGreaterThan(
    0.25,
  )
  for (const action of ['Allow', 'Deny', 'Pass']) expect(shareOf(action)).toBeGreaterThan(0.04)
})
