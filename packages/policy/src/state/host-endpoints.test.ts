/** Host endpoints in a state: what they are, whom rules find in them, and which policies govern them at which stage. */
import { formatIp } from '@margay/netset'
import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import {
  allow,
  deny,
  globalPolicy,
  hostEndpoint,
  namespace,
  policy,
  profile,
  tier,
} from '../reference/cases/objects.testkit.ts'
import { testVerdicts } from '../reference/cases/verdicts.testkit.ts'
import { buildPolicyState } from './build-state.ts'
import type { HostStage } from './effective-host-policy.ts'

type Given = Parameters<typeof admitAll>[0]
const stateOf = (given: Given) => buildPolicyState(admitAll(given)).state
const hostOf = (given: Given) => {
  const state = stateOf(given)
  return { state, host: state.hostEndpoints.get('h') ?? expect.fail('no host endpoint') }
}

test('a host endpoint has what its resource says', () => {
  const { host } = hostOf([
    hostEndpoint(
      'h',
      {
        interfaceName: 'eth0',
        expectedIPs: ['10.0.0.9', 'fd00::9'],
        ports: [{ name: 'ssh', protocol: 'TCP', port: 22 }],
      },
      { role: 'edge' },
    ),
  ])
  expect(host).toMatchObject({ key: 'h', node: 'n1', interfaceName: 'eth0', profiles: [] })
  expect(host.expectedAddresses.map(formatIp)).toEqual(['10.0.0.9', 'fd00::9'])
  expect(host.ports).toEqual([{ name: 'ssh', protocol: 6, port: 22 }])
  expect([...host.labels]).toEqual([['role', 'edge']])
})

test('it inherits the labels of its profiles, its own win, and earlier profiles win over later ones', () => {
  const { host } = hostOf([
    namespace('ops', { team: 'x' }),
    profile('one', { labelsToApply: { role: 'one', zone: 'one' } }),
    profile('two', { labelsToApply: { zone: 'two', rack: 'two' } }),
    hostEndpoint('h', { interfaceName: '*', profiles: ['one', 'two', 'kns.ops'] }, { role: 'own' }),
  ])
  expect(Object.fromEntries(host.labels)).toMatchObject({
    role: 'own',
    zone: 'one',
    rack: 'two',
    'pcns.team': 'x',
    'pcns.projectcalico.org/name': 'ops',
  })
})

test('profiles: a resource is its rules, a namespace and the built-in one allow, one that is missing denies', () => {
  const names = ['own', 'kns.ops', 'projectcalico-default-allow', 'missing']
  const { state, host } = hostOf([
    namespace('ops'),
    profile('own', { ingress: [deny, allow] }),
    hostEndpoint('h', { interfaceName: '*', profiles: names }),
  ])
  const actions = state
    .profilesOf(host)
    .map(({ name, ingress, egress }) => [name, ...ingress.map(actionOf), '/', ...egress.map(actionOf)])
  expect(actions).toEqual([
    ['own', 'Deny', 'Allow', '/'],
    ['kns.ops', 'Allow', '/', 'Allow'],
    ['projectcalico-default-allow', 'Allow', '/', 'Allow'],
    ['missing', 'Deny', '/', 'Deny'],
  ])
})

function actionOf({ action }: { readonly action: string }): string {
  return action
}

test('a profile’s rule that can not be understood denies, and is reported', () => {
  const broken = profile('own', { ingress: [{ action: 'Allow', protocol: 'GRE' }] })
  const given = admitAll([hostEndpoint('h', { interfaceName: '*', profiles: ['own'] })])
  const { objectProblems, problems } = buildPolicyState([...given, broken as never])
  expect(problems).toEqual([])
  expect(objectProblems).toEqual([{ object: 'Profile own', message: 'rule 0: unknown protocol "GRE"' }])
})

const early = { applyOnForward: true, ingress: [allow] }
const policies = [
  globalPolicy('normal', { types: ['Ingress', 'Egress'] }),
  globalPolicy('forward', { applyOnForward: true, ingress: [allow] }),
  globalPolicy('pre', { preDNAT: true, ...early }),
  globalPolicy('raw', { doNotTrack: true, ...early, egress: [allow] }),
  policy('namespaced', { types: ['Ingress', 'Egress'] }),
]

test.each<[HostStage, string[], string[]]>([
  ['Untracked', ['raw'], ['raw']],
  ['PreDNAT', ['pre'], []],
  ['Forward', ['forward'], []],
  ['Normal', ['forward', 'normal'], ['normal']],
])('the policies of the stage %s', (stage, ingress, egress) => {
  const { state, host } = hostOf([hostEndpoint('h', { interfaceName: 'eth0' }), ...policies])
  const names = (direction: 'Ingress' | 'Egress') =>
    state
      .effectiveHostPolicy(host, stage, direction)
      .tiers.flatMap((it) => it.policies)
      .map(({ ref }) => ref.name)
  expect(names('Ingress')).toEqual(ingress)
  expect(names('Egress')).toEqual(egress)
})

test('the one for all interfaces has no policy before connection tracking', () => {
  const { state, host } = hostOf([hostEndpoint('h', { interfaceName: '*' }), ...policies])
  expect(state.effectiveHostPolicy(host, 'Untracked', 'Ingress').tiers).toEqual([])
  expect(state.effectiveHostPolicy(host, 'PreDNAT', 'Ingress').tiers).toHaveLength(1)
})

test('before connection tracking and before destination NAT, tiers have no default action', () => {
  const { state, host } = hostOf([hostEndpoint('h', { interfaceName: 'eth0' }), ...policies])
  const ends = (stage: HostStage) => {
    const { tiers, otherwise } = state.effectiveHostPolicy(host, stage, 'Ingress')
    return [...tiers.map(({ defaultAction }) => defaultAction), otherwise]
  }
  expect(ends('Untracked')).toEqual(['Pass', 'Pass'])
  expect(ends('PreDNAT')).toEqual(['Pass', 'Pass'])
  expect(ends('Forward')).toEqual(['Deny', 'Pass'])
  expect(ends('Normal')).toEqual(['Deny', 'Deny'])
})

test('forwarded packets are free until a policy is about them, in whatever direction', () => {
  const otherwise = (...given: Given) => {
    const { state, host } = hostOf([hostEndpoint('h', { interfaceName: 'eth0' }), ...given])
    return state.effectiveHostPolicy(host, 'Forward', 'Ingress').otherwise
  }
  expect(otherwise()).toBe('Allow')
  expect(otherwise(globalPolicy('normal', { ingress: [deny] }))).toBe('Allow')
  expect(otherwise(globalPolicy('other', { selector: 'has(x)', applyOnForward: true }))).toBe('Allow')
  expect(otherwise(globalPolicy('out', { applyOnForward: true, egress: [allow] }))).toBe('Pass')
})

test('no workload is governed by policies that are for host endpoints', () => {
  const { state } = buildPolicyState(admitAll([tier('t'), ...policies]))
  expect(state.tiers.flatMap((it) => it.policies)).toHaveLength(5)
})

const toDb = { selector: "app == 'db'" }
const host = hostEndpoint(
  'h',
  {
    interfaceName: 'eth0',
    expectedIPs: ['203.0.113.5'],
    ports: [{ name: 'api', protocol: 'TCP', port: 6443 }],
  },
  { role: 'edge' },
)
const fromEdge = (more: object) =>
  globalPolicy('p', { ...toDb, ingress: [{ ...allow, ...more, source: { selector: "role == 'edge'" } }] })

testVerdicts([
  {
    name: 'a selector of a rule means the expected addresses of host endpoints',
    given: [host, fromEdge({})],
    allows: ['203.0.113.5 > shop/db TCP 80'],
    denies: ['203.0.113.6 > shop/db TCP 80'],
  },
  {
    name: 'host endpoints belong to no namespace',
    given: [
      host,
      policy('p', {
        ...toDb,
        ingress: [{ ...allow, source: { namespaceSelector: 'global()', selector: "role == 'edge'" } }],
      }),
    ],
    allows: ['203.0.113.5 > shop/db TCP 80'],
    denies: ['203.0.113.6 > shop/db TCP 80', 'shop/web > shop/db TCP 80'],
  },
  {
    name: 'a namespaced policy finds no host endpoint in its own namespace',
    given: [host, policy('p', { ...toDb, ingress: [{ ...allow, source: { selector: "role == 'edge'" } }] })],
    denies: ['203.0.113.5 > shop/db TCP 80'],
  },
  {
    name: 'a named port is a host endpoint’s too, at its expected addresses',
    given: [
      host,
      globalPolicy('p', {
        selector: "app == 'web'",
        egress: [{ ...allow, protocol: 'TCP', destination: { ports: ['api'] } }],
      }),
    ],
    allows: ['shop/web > 203.0.113.5 TCP 6443'],
    denies: [
      'shop/web > 203.0.113.5 TCP 6444',
      'shop/web > 203.0.113.6 TCP 6443',
      'shop/web > shop/db TCP 6443',
    ],
  },
  {
    name: 'policies before connection tracking or address translation never govern pods',
    given: [
      globalPolicy('a', { doNotTrack: true, applyOnForward: true, ingress: [deny], egress: [deny] }),
      globalPolicy('b', { preDNAT: true, applyOnForward: true, ingress: [deny] }),
    ],
    allows: ['shop/web > shop/db TCP 80'],
  },
])
