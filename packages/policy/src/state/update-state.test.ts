/** What depends on an object that changed follows it, where random worlds seldom show it. */
import { parseCidr } from '@margay/netset'
import type { ResourceObject } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  adminPolicy,
  allow,
  baselinePolicy,
  clusterPolicy,
  deny,
  endpointSlice,
  felixConfiguration,
  hostEndpoint,
  installation,
  ipPool,
  namespace,
  node,
  pod,
  policy,
  profile,
  stagedPolicy,
} from '../reference/cases/objects.testkit.ts'
import { buildPolicyState, StateBuilder, UnknownResourceError, type UpdatedState } from './build-state.ts'
import { policiesOf, textOf } from './state-text.testkit.ts'

const web = pod('shop', 'web', { ips: ['10.0.0.1'] })
const slice = (address: string) =>
  endpointSlice('db-1', 'db', { endpoints: [{ addresses: [address] }], ports: [{ port: 80 }] })
const fromService = { action: 'Allow', source: { services: { name: 'db', namespace: 'shop' } } }

let builder: StateBuilder
beforeEach(() => {
  builder = new StateBuilder()
})

/** `before` becomes `after`, beside what stays; all that is answered must be as if it had been built from nothing. */
function change(before: ResourceObject, after: ResourceObject, ...stays: ResourceObject[]): UpdatedState {
  const [old, now, ...others] = admitAll([before, after, namespace('shop'), web, ...stays])
  const told = [old, ...others].map((it) => ({ before: undefined, after: it }))
  builder.update(told)
  const updated = builder.update([{ before: old, after: now }])
  const anew = buildPolicyState([now, ...others].filter((it) => it !== undefined))
  expect(textOf(updated, ['n1'])).toEqual(textOf(anew, ['n1']))
  return updated
}

describe('a node', () => {
  const toNodes = clusterPolicy('to-nodes', {
    egress: [{ action: 'Accept', to: [{ nodes: { matchLabels: { zone: 'a' } } }] }],
  })
  const to = [{ nodes: { matchLabels: { zone: 'a' } } }]
  const admin = adminPolicy('admin', { egress: [{ action: 'Deny', to }] })
  const baseline = baselinePolicy({ egress: [{ action: 'Deny', to }] })
  const plainAdmin = adminPolicy('plain', { egress: [{ action: 'Deny', to: [{ namespaces: {} }] }] })
  const plain = clusterPolicy('plain', { egress: [{ action: 'Accept', to: [{ namespaces: {} }] }] })
  const at = (address: string, labels = { zone: 'a' }) => node('n1', labels, address)

  test('that has another address is followed by the policies that name nodes, and by no others', () => {
    const others = [toNodes, plain, admin, baseline, plainAdmin]
    const { delta } = change(at('192.0.2.1'), at('192.0.2.2'), ...others)
    expect(delta.policies.come.map(({ ref }) => ref.name).sort()).toEqual(['admin', 'default', 'to-nodes'])
    const net = parseCidr('192.0.2.2/32')
    expect(delta.policies.come.map(({ egress }) => egress[0]?.destination.nets)).toEqual([
      [net],
      [net],
      [net],
    ])
    expect(delta.isWhole).toBe(false)
  })

  test('that has other labels gets the settings that are for those', () => {
    const forB = felixConfiguration('b', { nodeSelector: "zone == 'b'", logPrefix: 'b' })
    const { state, delta } = change(at('192.0.2.1'), at('192.0.2.1', { zone: 'b' }), forB)
    expect(state.settingsOf('n1').logPrefix).toBe('b')
    expect(delta.isWhole).toBe(true)
  })
})

describe('what the operator is told', () => {
  test('is a setting of all nodes, and one that says nothing new changes nothing', () => {
    const on = change(installation('Disabled'), installation('Enabled'))
    expect(on.state.settingsOf('n1').encryption.ipv4?.listenPort).toBe(51820)
    expect(on.delta.isWhole).toBe(true)
    const [same] = admitAll([{ ...installation('Disabled'), spec: { variant: 'Calico' } }])
    const [first] = admitAll([installation('Disabled')])
    builder = new StateBuilder()
    builder.update([{ before: undefined, after: first }])
    expect(builder.update([{ before: first, after: same }]).delta.isWhole).toBe(false)
  })

  test('ends with it', () => {
    const [told] = admitAll([installation('Enabled')])
    expect(
      builder.update([{ before: undefined, after: told }]).state.settingsOf('n1').encryption.ipv4,
    ).toBeDefined()
    const { state, delta } = builder.update([{ before: told, after: undefined }])
    expect([state.settingsOf('n1').encryption.ipv4, delta.isWhole]).toEqual([undefined, true])
  })
})

test('a pool that is not encrypted any more is a setting that policy does not read', () => {
  const pool = (encryption: string) => ipPool('a', { cidr: '10.1.0.0/16', encryption })
  const { state, delta } = change(pool('Enabled'), pool('Disabled'))
  expect(state.settingsOf('n1').encryption.exempt).toEqual([parseCidr('10.1.0.0/16')])
  expect(delta.isWhole).toBe(false)
  builder = new StateBuilder()
  expect(change(pool('Disabled'), pool('Enabled')).state.settingsOf('n1').encryption.exempt).toEqual([])
})

describe('a service that has another address is followed by', () => {
  test('the policies that name it', () => {
    const named = policy('named', { ingress: [fromService] })
    const { delta } = change(slice('10.0.0.8'), slice('10.0.0.9'), named, policy('other', {}))
    expect(delta.policies.come.map(({ ref }) => ref.name)).toEqual(['named'])
  })

  test('staged policies that name it, though nothing changes that is enforced', () => {
    const staged = stagedPolicy('named', { ingress: [fromService] })
    const { state, delta } = change(slice('10.0.0.8'), slice('10.0.0.9'), staged)
    const [rule] = policiesOf({ tiers: state.stagedTiers })[0]?.ingress ?? []
    expect(rule?.source.inService?.addresses.map(({ value }) => value)).toEqual([0x0a000009n])
    expect(delta.policies).toEqual({ gone: [], come: [] })
  })

  test('profiles that name it', () => {
    const named = profile('p', { ingress: [fromService] })
    const host = hostEndpoint('h', { interfaceName: 'eth0', profiles: ['p'] })
    const { state, delta } = change(slice('10.0.0.8'), slice('10.0.0.9'), named, host)
    const [found] = [...state.hostEndpoints.values()].flatMap((it) => state.profilesOf(it))
    expect(found?.ingress[0]?.source.inService?.addresses.map(({ value }) => value)).toEqual([0x0a000009n])
    expect(delta.isWhole).toBe(true)
  })
})

describe('a profile', () => {
  const host = hostEndpoint('h', { interfaceName: 'eth0', profiles: ['p'] })

  test('that host endpoints name concerns everything when it changes', () => {
    const { delta } = change(profile('p', { ingress: [deny] }), profile('p', { ingress: [allow] }), host)
    expect(delta.isWhole).toBe(true)
  })

  test('that nobody names concerns nothing', () => {
    const { delta } = change(profile('q', { ingress: [deny] }), profile('q', { ingress: [allow] }), host)
    expect(delta.isWhole).toBe(false)
  })

  test('that names another service now follows that one', () => {
    const other = { action: 'Allow', source: { services: { name: 'other', namespace: 'shop' } } }
    change(profile('p', { ingress: [fromService] }), profile('p', { ingress: [other] }), host)
    const [moved] = admitAll([slice('10.0.0.8')])
    expect(builder.update([{ before: undefined, after: moved }]).delta.isWhole).toBe(false)
  })
})

test('problems go with what they were found in', () => {
  const limited = (rate: string) =>
    pod('shop', 'db', { metadata: { annotations: { 'qos.projectcalico.org/ingressPacketRate': rate } } })
  const { objectProblems } = change(limited('10'), limited('none'))
  expect(objectProblems.map(({ object }) => object)).toEqual(['Pod shop/db'])
  expect(builder.build([]).objectProblems).toEqual([])
})

test('a change of what was never told is refused, and changes nothing', () => {
  const [told, never, other] = admitAll([namespace('shop'), namespace('ops'), web])
  builder.update([{ before: undefined, after: told }])
  const lost = [
    { before: undefined, after: other },
    { before: never, after: undefined },
  ]
  expect(() => builder.update(lost)).toThrow(UnknownResourceError)
  expect(builder.update([]).state.endpoints.size).toBe(0)
  expect(() => builder.update(lost)).toThrow(/^Namespace ops changed, but/)
})
