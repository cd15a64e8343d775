/** What an object that is not understood becomes: it must never allow what the original would deny. */
import { buildPolicyState, evaluate, protocols, StateBuilder } from '@margay/policy'
import type { Pod, ResourceObject } from '@margay/resources'
import { findKind } from '@margay/resources'
import { beforeEach, describe, expect, test } from 'vitest'
import { ClusterView, policyKinds } from './cluster-view.ts'

let problems: string[]
let view: ClusterView
beforeEach(() => {
  problems = []
  view = new ClusterView((problem) => problems.push(problem))
  put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ops' } })
  put(pod('shop', 'web', '10.0.0.1'))
  put(pod('shop', 'api', '10.0.0.2'))
  put(pod('ops', 'tool', '10.0.0.3'))
})

function put(object: ResourceObject): boolean {
  return tell(object, 'added')
}

function tell(object: ResourceObject, type: 'added' | 'deleted'): boolean {
  const kind = findKind(object.apiVersion, object.kind)
  if (kind === undefined) throw new Error(`unknown kind ${object.kind}`)
  const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`
  return view.take(kind, { type, key, object })
}

const pod = (namespace: string, name: string, ip: string): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, labels: { app: name } },
  spec: { nodeName: 'n', containers: [], futureField: { any: 'thing' } },
  status: { phase: 'Running', podIPs: [{ ip }] },
})
const v3 = (kind: string, name: string, spec: object, namespace?: string): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec,
})

function verdict(from: string, to: string): string {
  const { state } = buildPolicyState(view.resources)
  const [source, destination] = [state.peer(from), state.peer(to)]
  if (source === undefined || destination === undefined) throw new Error('no such pod')
  const flow = {
    source,
    destination,
    ipVersion: 4,
    protocol: protocols.tcp,
    sourcePort: undefined,
    destinationPort: 80,
    icmp: undefined,
  } as const
  return evaluate(state, flow).verdict
}

describe('a policy with a field that this version does not know', () => {
  test('denies, since the field may narrow a rule that allows', () => {
    put(
      v3(
        'NetworkPolicy',
        'new',
        { selector: "app == 'api'", ingress: [{ action: 'Allow', source: { domains: ['example.com'] } }] },
        'shop',
      ),
    )
    expect(verdict('shop/web', 'shop/api')).toBe('Deny')
    expect(problems).toEqual([
      expect.stringMatching(
        /NetworkPolicy shop\/new: spec\.ingress\[0\]\.source\.domains: .*; it denies instead$/,
      ),
    ])
  })

  test('denies only what it selects', () => {
    put(v3('NetworkPolicy', 'new', { selector: "app == 'api'", future: true }, 'shop'))
    expect(verdict('shop/api', 'shop/web')).toBe('Deny')
    expect(verdict('ops/tool', 'shop/web')).toBe('Allow')
  })

  test.each(['preDNAT', 'doNotTrack'])('denies at its own stage: with %s no pod is concerned', (stage) => {
    put(v3('GlobalNetworkPolicy', 'new', { applyOnForward: true, [stage]: true, future: true }))
    put(v3('HostEndpoint', 'h', { node: 'n', interfaceName: 'eth0' }))
    expect(verdict('shop/web', 'shop/api')).toBe('Allow')
    const { state } = buildPolicyState(view.resources)
    const host = state.hostEndpoints.get('h') ?? expect.fail('no host endpoint')
    const policy = state.effectiveHostPolicy(host, stage === 'preDNAT' ? 'PreDNAT' : 'Untracked', 'Ingress')
    const rules = policy.tiers.flatMap((tier) => tier.policies).flatMap(({ ingress }) => ingress)
    expect(rules.map(({ action }) => action)).toEqual(['Deny'])
  })

  test('of Kubernetes too', () => {
    put({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace: 'shop', name: 'new' },
      spec: { podSelector: { matchLabels: { app: 'api' } }, ingress: [{ when: 'night' }] },
    })
    expect(verdict('shop/web', 'shop/api')).toBe('Deny')
    expect(verdict('ops/tool', 'shop/web')).toBe('Allow')
  })
})

const group = 'policy.networking.k8s.io'

describe.each([
  ['ClusterNetworkPolicy', 'v1alpha2', { tier: 'Admin', priority: 5 }, 'a.new'],
  ['AdminNetworkPolicy', 'v1alpha1', { priority: 5 }, `a.${'new'.repeat(25)}`],
  ['BaselineAdminNetworkPolicy', 'v1alpha1', {}, 'default'],
])('a %s', (kind, version, place, name) => {
  const policy = (spec: object): ResourceObject => ({
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name },
    spec: { ...place, ...spec },
  })
  const shop = { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }
  const open = v3('GlobalNetworkPolicy', 'open', {
    ingress: [{ action: 'Allow' }],
    egress: [{ action: 'Allow' }],
  })

  test('is watched, and enforced', () => {
    expect(policyKinds.map((it) => `${it.apiVersion} ${it.kind}`)).toContain(`${group}/${version} ${kind}`)
    put(policy({ subject: shop, ingress: [{ action: 'Deny', from: [{ namespaces: {} }] }] }))
    expect(verdict('ops/tool', 'shop/web')).toBe('Deny')
    expect(problems).toEqual([])
  })

  test('that is not understood denies its subject, where it stood among the policies of namespaces', () => {
    const spec = { subject: shop, ingress: [{ action: 'Deny', from: [{ galaxies: {} }] }] }
    put(policy(spec))
    expect(verdict('ops/tool', 'shop/web')).toBe('Deny')
    put(pod('ops', 'other', '10.0.0.4'))
    expect(verdict('ops/tool', 'ops/other')).toBe('Allow')
    expect(problems).toEqual([expect.stringContaining('; it denies instead')])
    put(open)
    expect(verdict('ops/tool', 'shop/web')).toBe(kind === 'BaselineAdminNetworkPolicy' ? 'Allow' : 'Deny')
  })

  test('denies every pod when not even its subject can be read', () => {
    put(policy({ subject: { planets: {} } }))
    expect(verdict('ops/tool', 'shop/web')).toBe('Deny')
  })
})

test.each([
  ['ClusterNetworkPolicy', 'v1alpha2', 'Accept', { tier: 'Admin' }],
  ['AdminNetworkPolicy', 'v1alpha1', 'Allow', {}],
])('a %s of which nobody knows the priority fell behind those that allow', (kind, version, allow, place) => {
  const policy = (name: string, action: string, priority: unknown) => ({
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name },
    spec: {
      ...place,
      priority,
      subject: { namespaces: {} },
      ingress: [{ action, from: [{ namespaces: {} }] }],
    },
  })
  put(policy('open', allow, 1))
  put(policy('shut', 'Deny', 'high'))
  expect(verdict('ops/tool', 'shop/web')).toBe('Deny')
  expect(problems).toHaveLength(1)
})

describe('a tier', () => {
  beforeEach(() => {
    put(v3('GlobalNetworkPolicy', 'deny', { tier: 'first', ingress: [{ action: 'Deny' }] }))
    put(v3('GlobalNetworkPolicy', 'allow', { ingress: [{ action: 'Allow' }] }))
  })

  test('with a field that this version does not know stays where it is', () => {
    put(v3('Tier', 'first', { order: 1, future: true }))
    expect(verdict('ops/tool', 'shop/web')).toBe('Deny')
  })

  test('with a default action that this version does not know stays where it is, and denies', () => {
    put(v3('Tier', 'first', { order: 1, defaultAction: 'Ask' }))
    expect(verdict('ops/tool', 'shop/web')).toBe('Deny')
    expect(problems).toHaveLength(1)
  })
})

test('fields of pods that do not concern us are no problem', () => {
  expect(problems).toEqual([])
  expect(verdict('ops/tool', 'shop/web')).toBe('Allow')
})

test('a staged policy with a field that this version does not know is left out, and told', () => {
  const spec = {
    selector: "app == 'api'",
    ingress: [{ action: 'Allow', source: { domains: ['example.com'] } }],
  }
  put(v3('StagedNetworkPolicy', 'new', spec, 'shop'))
  expect([...view.resources].map(({ kind }) => kind)).not.toContain('StagedNetworkPolicy')
  expect(problems).toEqual([expect.stringMatching(/StagedNetworkPolicy shop\/new: spec\.ingress\[0\]/)])
  expect(problems[0]).not.toContain('denies')
})

test('an assertion says what policies must bring about, and changes no verdict itself', () => {
  const assertion: ResourceObject = {
    apiVersion: 'policy.margay.io/v1alpha1',
    kind: 'NetworkAssertion',
    metadata: { name: 'closed' },
    spec: { require: 'never', from: {}, to: {}, mode: 'Enforce' },
  }
  expect(policyKinds.map(({ kind }) => kind)).not.toContain(assertion.kind)
  put(assertion)
  expect(verdict('shop/web', 'shop/api')).toBe('Allow')
})

describe('changes since they were taken', () => {
  const at = (ip: string, status: object = {}) => {
    const object = pod('shop', 'db', ip)
    return { ...object, status: { ...(object.status as object), ...status } }
  }
  const conditions = [{ type: 'Ready', status: 'True' }]
  const addresses = () =>
    view
      .takeChanges()
      .map((it) => [it.before, it.after].map((side) => (side as Pod)?.status?.podIPs?.[0]?.ip))
  beforeEach(() => {
    view.takeChanges()
  })

  test('an object that changed twice is there once, from the first to the last', () => {
    put(at('10.0.0.4'))
    put(at('10.0.0.5'))
    expect(addresses()).toEqual([[undefined, '10.0.0.5']])
    put(at('10.0.0.6'))
    tell(at('10.0.0.6'), 'deleted')
    expect(addresses()).toEqual([['10.0.0.5', undefined]])
    expect(addresses()).toEqual([])
  })

  test('an object that came and went is not there', () => {
    put(at('10.0.0.4'))
    tell(at('10.0.0.4'), 'deleted')
    expect(addresses()).toEqual([])
  })

  test('nor is one that goes though nobody knew it', () => {
    expect(tell(at('10.0.0.4'), 'deleted')).toBe(false)
    expect(addresses()).toEqual([])
  })

  test('an object that is as it was, as far as policy reads it, is not there, and is the same one', () => {
    put(at('10.0.0.4'))
    const [told] = view.takeChanges()
    expect(put(at('10.0.0.4', { conditions }))).toBe(false)
    put(at('10.0.0.5'))
    put(at('10.0.0.4', { conditions }))
    expect(view.takeChanges()).toEqual([])
    expect([...view.resources]).toContain(told?.after)
  })

  test('a builder that is told them knows what a new one reads', () => {
    const builder = new StateBuilder()
    builder.build(view.resources)
    put(at('10.0.0.4'))
    put(at('10.0.0.4', { conditions }))
    put(v3('NetworkPolicy', 'new', { selector: "app == 'api'", future: true }, 'shop'))
    tell(pod('ops', 'tool', '10.0.0.3'), 'deleted')
    const { state } = builder.update(view.takeChanges())
    expect(new Set(state.endpoints.keys())).toEqual(new Set(['shop/web', 'shop/api', 'shop/db']))
    const again = builder.build(view.resources).delta
    expect([again.endpoints, again.policies]).toEqual(Array(2).fill({ gone: [], come: [] }))
  })
})
