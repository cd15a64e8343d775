import type { ResourceObject } from '@margay/resources'
import { describe, expect, test } from 'vitest'
import { findingsIn } from './lint.testkit.ts'

const pod = (name: string, ip: string, app: string): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
  status: { podIP: ip, podIPs: [{ ip }] },
})

const policy = (name: string, spec: object): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkPolicy',
  metadata: { name },
  spec: { selector: "app == 'db'", types: ['Ingress'], order: 100, ...spec },
})

const tier = (name: string, order: number): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'Tier',
  metadata: { name },
  spec: { order, defaultAction: 'Pass' },
})

const world: ResourceObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  pod('web', '10.0.0.1', 'web'),
  pod('db', '10.0.0.2', 'db'),
]

function lint(...objects: ResourceObject[]): string[] {
  return findingsIn([...world, ...objects])
}

const allowPorts = (...ports: (number | string)[]) => ({
  action: 'Allow',
  protocol: 'TCP',
  destination: { ports },
})
const fromWeb = { source: { selector: "app == 'web'" } }

describe('what is said in vain', () => {
  test('a rule whose packets others took, by several of them', () => {
    expect(
      lint(policy('p', { ingress: [allowPorts('1:90'), allowPorts('80:65535'), allowPorts('50:100')] })),
    ).toEqual(['rule-shadowed | p | 2 | gnp:p rule 0: Allow | gnp:p rule 1: Allow'])
  })

  test('a rule behind a tier that decides all', () => {
    const first = policy('first.all', { tier: 'first', ingress: [{ action: 'Deny' }] })
    expect(lint(tier('first', 10), first, policy('p', { ingress: [allowPorts(80)] }))).toContain(
      'policy-redundant | p',
    )
  })

  test('a rule about nobody', () => {
    const nobody = { action: 'Allow', source: { selector: 'has(nothing)' } }
    expect(lint(policy('p', { ingress: [nobody, allowPorts(80)] }))).toEqual(['rule-matches-nobody | p | 0'])
  })

  test('a policy that applies to nobody', () => {
    expect(lint(policy('p', { selector: 'has(nothing)', ingress: [{ action: 'Allow' }] }))).toEqual([
      'policy-selects-nobody | p',
    ])
  })

  test('a policy without which the same is allowed', () => {
    const closed = policy('closed', { order: 200, ingress: [] })
    expect(lint(policy('p', { ingress: [{ ...allowPorts(80), ...fromWeb }] }), closed)).toEqual([
      'policy-redundant | closed',
    ])
  })

  test('a tier that decides nothing', () => {
    const passes = policy('first.pass', { tier: 'first', ingress: [{ action: 'Pass' }] })
    expect(lint(tier('first', 10), passes)).toEqual([
      'policy-redundant | first.pass',
      'tier-without-effect | first',
    ])
  })
})

describe('host endpoints', () => {
  const host: ResourceObject = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'HostEndpoint',
    metadata: { name: 'n1-eth0', labels: { host: 'n1' } },
    spec: { node: 'n1', interfaceName: 'eth0' },
  }
  const ofHost = { selector: "host == 'n1'" }

  test('a rule whose packets others took', () => {
    const ingress = [allowPorts('8000:8999'), allowPorts(8022)]
    expect(lint(host, policy('p', { ...ofHost, ingress }))).toEqual([
      'rule-shadowed | p | 1 | gnp:p rule 0: Allow',
    ])
  })

  test('a policy that nothing is decided by for workloads matters where the host endpoint needs it', () => {
    const everywhere = { selector: 'has(app) || has(host)', ingress: [allowPorts(8022)] }
    const forPods = policy('first', { order: 1, selector: 'has(app)', ingress: [allowPorts('1:65535')] })
    expect(lint(forPods, policy('p', everywhere))).toEqual(['policy-redundant | p'])
    expect(lint(host, forPods, policy('p', everywhere))).toEqual([])
  })

  test('the only policy for forwarded packets is not redundant: without it they are free', () => {
    const forward = policy('p', { ...ofHost, applyOnForward: true, ingress: [{ action: 'Deny' }] })
    expect(lint(host, forward)).toEqual([])
  })

  test('a policy that decides what failsafe ports decide anyway', () => {
    expect(lint(host, policy('p', { ...ofHost, ingress: [allowPorts(22)] }))).toEqual([
      'policy-redundant | p',
    ])
  })

  test('an untracked policy for all interfaces governs none, and is not said to select nobody', () => {
    const all = { ...host, spec: { node: 'n1', interfaceName: '*' } }
    const untracked = { ...ofHost, doNotTrack: true, applyOnForward: true, ingress: [{ action: 'Deny' }] }
    expect(lint(all, policy('p', untracked))).toEqual([])
  })
})

describe('what is said too widely', () => {
  const egress = (rule: object) =>
    policy('p', { types: ['Egress'], egress: [rule, { action: 'Deny', destination: fromWeb.source }] })

  test('a rule that lets everything out to every address', () => {
    const order = policy('p', {
      types: ['Egress'],
      egress: [{ action: 'Deny', destination: fromWeb.source }, { action: 'Allow' }],
    })
    expect(lint(order)).toEqual(['egress-to-everywhere | p | 1'])
  })

  test('not one for some addresses', () => {
    expect(lint(egress({ action: 'Allow', destination: { notNets: ['10.0.0.0/8'] } }))).not.toContain(
      'egress-to-everywhere | p | 0',
    )
  })
})

test('where all that is said matters, there is nothing to say', () => {
  expect(
    lint(
      policy('p', {
        ingress: [
          { ...allowPorts(80), ...fromWeb },
          { action: 'Deny', protocol: 'UDP' },
          { action: 'Allow', protocol: 'ICMP' },
        ],
      }),
    ),
  ).toEqual([])
})
