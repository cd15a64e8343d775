/**
 * Pods that are judged once for many: of one account, and behind one service, where rules tell them apart by labels, prefixes, network sets,
 * services and named ports. Each answer is what asking about every pair of them gives, also after pods and sets came and went.
 *
 * MARGAY_CASES  how many worlds; 300 by default. MARGAY_SEED  a whole number that decides them.
 */
import { buildPolicyState, type ResourceChange } from '@margay/policy'
import type { Resource, ResourceObject } from '@margay/resources'
import { admitAll, inWorld } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkOf } from './judge.testkit.ts'
import { defaultJudgeOptions, PolicyJudge } from './policy-judge.ts'
import { expectedVerdict } from './slow-judge.testkit.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 300)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }

const trusted = 'spiffe://cluster.local/ns/red/sa/robot'
const identity = {
  kind: 'Workload',
  trustDomain: 'cluster.local',
  namespace: 'red',
  account: 'robot',
} as const

const labels = fc.record(
  { a: fc.constantFrom('1', '2'), b: fc.constantFrom('1', '2'), id: fc.constantFrom('x', 'y', 'z') },
  { requiredKeys: [] },
)

/** Both families, at small numbers, so that prefixes cut them apart. */
const pod = (name: string, account: string, n: number) =>
  fc.record({ labels, port: fc.constantFrom(undefined, 80, 4000), hasSix: fc.boolean() }).map(
    ({ labels: own, port, hasSix }): ResourceObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'red', name, labels: own },
      spec: {
        nodeName: 'n',
        serviceAccountName: account,
        containers: [
          {
            name: 'c',
            image: 'i',
            ...(port === undefined ? {} : { ports: [{ name: 'http', containerPort: port }] }),
          },
        ],
      },
      status: {
        phase: 'Running',
        podIPs: [{ ip: `10.0.0.${n}` }, ...(hasSix ? [{ ip: `fd00::${n}` }] : [])],
      },
    }),
  )

const nets = fc.constantFrom('10.0.0.0/30', '10.0.0.4/30', '10.0.0.2/32', '10.0.0.16/28', '10.0.0.17/32')
const entity = fc.oneof(
  fc
    .constantFrom("a == '1'", "a != '1'", 'has(b)', '!has(id)', "id in {'x', 'y'}", "set == 'on'")
    .map((selector) => ({
      selector,
    })),
  fc.constantFrom("a == '1'", 'has(b)', "set == 'on'").map((notSelector) => ({ notSelector })),
  nets.map((net) => ({ nets: [net] })),
  nets.map((net) => ({ notNets: [net] })),
  fc.constant({ services: { name: 'some', namespace: 'red' } }),
  fc.constant({}),
)
const ports = fc.constantFrom({}, {}, { ports: ['http'] }, { notPorts: ['http'] }, { ports: [80] })
const withPorts = fc.tuple(entity, ports).map(([of, at]) => ('services' in of ? of : { ...of, ...at }))
const rule = fc.record({
  action: fc.constantFrom('Allow', 'Allow', 'Deny'),
  protocol: fc.constant('TCP'),
  source: withPorts,
  destination: fc.oneof(
    fc.constant({}),
    withPorts.filter((it) => !('services' in it)),
  ),
})
const policy = fc.record({ rules: fc.array(rule, { minLength: 1, maxLength: 2 }), open: fc.boolean() }).map(
  ({ rules, open }): ResourceObject => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'red', name: 'p' },
    spec: { types: ['Ingress'], ingress: [...rules, ...(open ? [{ action: 'Allow' }] : [])] },
  }),
)

const set = fc.record({ net: nets, on: fc.boolean() }).map(
  ({ net, on }): ResourceObject => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkSet',
    metadata: { namespace: 'red', name: 's', labels: on ? { set: 'on' } : { a: '1' } },
    spec: { nets: [net] },
  }),
)

const egress = fc.constantFrom("a == '1'", 'has(b)').map(
  (selector): ResourceObject => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'red', name: 'out' },
    spec: {
      selector,
      types: ['Egress'],
      egress: [{ action: 'Deny', destination: { nets: ['10.0.0.16/31'] } }, { action: 'Allow' }],
    },
  }),
)

const slice = (name: string, service: string, addresses: readonly string[]): ResourceObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace: 'red', name, labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  endpoints: addresses.map((address) => ({ addresses: [address] })),
  ports: [{ name: 'web', port: 80, protocol: 'TCP' }],
})

const crowd = [1, 2, 3, 4]
const behind = [16, 17, 18]
const addresses = [...crowd, ...behind].map((n) => `10.0.0.${n}`)

const world = fc
  .tuple(
    ...crowd.map((n) => fc.option(pod(`c${n}`, 'robot', n), { nil: undefined, freq: 4 })),
    ...behind.map((n) => pod(`d${n}`, n === 16 ? 'robot' : 'default', n)),
    policy,
    fc.option(set, { nil: undefined }),
    fc.option(egress, { nil: undefined }),
    fc.subarray(addresses).map((some) => slice('some', 'some', some)),
  )
  .map((objects): ResourceObject[] => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'red' } },
    ...objects.filter((it) => it !== undefined),
    slice(
      'shop',
      'shop',
      behind.map((n) => `10.0.0.${n}`),
    ),
  ])

/** That of `checks.testkit.ts`. */
const service: ResourceObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'red', name: 'shop' },
  spec: {
    clusterIP: '10.96.0.1',
    clusterIPs: ['10.96.0.1'],
    ports: [{ name: 'web', port: 80, protocol: 'TCP' }],
  },
}

const asked = ['10.0.0.17', '10.0.0.18', '10.0.0.1', '10.96.0.1'].flatMap((to) =>
  [undefined, '10.0.0.2', '10.0.0.18', '203.0.113.1'].map((from) => ({
    identity,
    said: { ...(from === undefined ? {} : { from }), to, port: 80, principal: trusted, fromPort: 4000 },
  })),
)

const cases = fc.record({
  first: world,
  second: world,
  changed: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  judges: fc.constantFrom('Ingress' as const, 'Ingress' as const, 'Both' as const),
})

test('of those that are judged once, each is judged so', { timeout: 120_000 + numRuns * 500 }, () => {
  const seen = { Allow: 0, Deny: 0 }
  fc.assert(
    fc.property(cases, ({ first, second, changed, judges }) => {
      const errors: unknown[] = []
      const options = { ...defaultJudgeOptions, judges, onError: (error: unknown) => errors.push(error) }
      const judge = new PolicyJudge(options)
      const told = new Map<string, Resource>()
      for (const objects of [first, mixed(first, second, changed)]) {
        judge.update(changesTo([...objects, service], told))
        const model = { state: buildPolicyState(admitAll(objects)).state, objects, options }
        inWorld(objects, () => {
          for (const each of asked) {
            const want = expectedVerdict(model, each)
            expect([each.said, judges, judge.check(checkOf(each.said)).verdict]).toEqual([
              each.said,
              judges,
              want,
            ])
            seen[want]++
          }
          expect(errors).toEqual([])
        })
      }
    }),
    { numRuns, ...seed },
  )
  expect(Math.min(seen.Allow, seen.Deny)).toBeGreaterThan(numRuns)
})

/** Every object that is not the same is told as another. */
function changesTo(objects: readonly ResourceObject[], told: Map<string, Resource>): ResourceChange[] {
  const next = new Map(admitAll(objects).map((it) => [`${it.kind} ${it.metadata.name}`, it]))
  const changes: ResourceChange[] = []
  for (const [key, before] of told) {
    if (next.has(key)) continue
    changes.push({ before, after: undefined })
    told.delete(key)
  }
  for (const [key, after] of next) {
    const before = told.get(key)
    if (JSON.stringify(before) === JSON.stringify(after)) continue
    changes.push({ before, after })
    told.set(key, after)
  }
  return changes
}

/** Some of the second world's objects in place of the first one's. */
function mixed(
  first: readonly ResourceObject[],
  second: readonly ResourceObject[],
  changed: readonly boolean[],
): readonly ResourceObject[] {
  const keyOf = ({ kind, metadata }: ResourceObject) => `${kind} ${metadata.name}`
  const keys = [...new Set([...first, ...second].map(keyOf))]
  const isChanged = (key: string) => changed[keys.indexOf(key) % changed.length] === true
  return [...first.filter((it) => !isChanged(keyOf(it))), ...second.filter((it) => isChanged(keyOf(it)))]
}
