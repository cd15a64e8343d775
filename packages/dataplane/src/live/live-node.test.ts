import { parseIp } from '@margay/netset'
import { evaluate, type PolicyState, StateBuilder } from '@margay/policy'
import type { Resource, ResourceObject } from '@margay/resources'
import { flowOf, type Packet } from '@margay/testkit'
import { expect, test } from 'vitest'
import { Compiler } from '../compile/compile.ts'
import { defaultCompileOptions } from '../compile/options.ts'
import { admitted, always, policy } from '../compile/world.testkit.ts'
import { traverse } from '../interpret/path.testkit.ts'

const node = { name: 'node-1', interfaces: [], linkLocals: new Map() }
const [web, db] = ['10.65.0.1', '10.65.0.2']
const webToDb: Packet = {
  sourceIp: web,
  destinationIp: db,
  protocol: 6,
  sourcePort: 33_333,
  destinationPort: 5432,
}

const networkSet = (nets: readonly string[]) =>
  admitted({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name: 'partners', labels: { partner: 'yes' } },
    spec: { nets },
  })

test('an endpoint whose address a network set no longer has is not of that set any more', () => {
  const onlyPartners = admitted(
    policy(
      'only-partners',
      { types: ['Egress'], egress: [{ action: 'Allow', source: { selector: "partner == 'yes'" } }] },
      'GlobalNetworkPolicy',
    ),
  )
  const follower = new Follower()
  const verdicts = [[`${web}/32`], [], [`${web}/32`], ['10.65.0.9/32']].map((nets) =>
    follower.verdicts([...always, onlyPartners, networkSet(nets)], webToDb),
  )
  expect(verdicts).toEqual([
    { compiled: 'Allow', evaluated: 'Allow' },
    { compiled: 'Deny', evaluated: 'Deny' },
    { compiled: 'Allow', evaluated: 'Allow' },
    { compiled: 'Deny', evaluated: 'Deny' },
  ])
})

test('a rule that excludes a port by the same name by which it asks for it matches nothing, however many have the port', () => {
  const never = admitted(
    policy(
      'never',
      {
        types: ['Egress'],
        egress: [
          { action: 'Allow', protocol: 'ICMP', icmp: { type: 8, code: 0 } },
          {
            action: 'Allow',
            protocol: 'TCP',
            destination: { ports: ['http'], notPorts: ['http', 'http'] },
          },
        ],
      },
      'GlobalNetworkPolicy',
    ),
  )
  const follower = new Follower({ ...defaultCompileOptions, mostOfNarrow: 0 })
  expect(follower.verdicts([...always, never], webToDb)).toEqual({ compiled: 'Deny', evaluated: 'Deny' })
})

test('a map of all addresses, or of a group, that gets full is made anew with more room', () => {
  const onlyClients = admitted(
    policy('clients', {
      selector: "app == 'db'",
      types: ['Ingress'],
      ingress: ['client', 'other'].map((app) => ({
        action: 'Allow',
        source: { selector: `app == '${app}' && number != 'none'` },
      })),
    }),
  )
  const client = (number: number) => admitted(clientPod(number, number % 2 === 0 ? 'client' : 'other'))
  const follower = new Follower({ ...defaultCompileOptions, leastRoom: 4 })
  const numbers = Array.from({ length: 20 }, (_, index) => index + 10)
  const worlds = numbers.map((_, index) => [
    ...always,
    onlyClients,
    ...numbers.slice(0, index + 1).map(client),
  ])
  const sizes = worlds.map((world, index) => {
    const fromLast = { ...webToDb, sourceIp: addressOf(numbers[index] ?? 0) }
    expect(follower.verdicts(world, fromLast)).toEqual({ compiled: 'Allow', evaluated: 'Allow' })
    expect(follower.verdicts(world, webToDb)).toEqual({ compiled: 'Deny', evaluated: 'Deny' })
    return [/^hosts-4/, /^ingress-4-.*-classes$/].map((name) => follower.roomOf(name))
  })
  for (const map of [0, 1]) {
    const rooms = sizes.map((each) => each[map] ?? 0)
    expect(rooms).toEqual(rooms.toSorted((one, other) => one - other))
    expect(new Set(rooms).size).toBeGreaterThan(2)
  }
})

const addressOf = (number: number) => `10.65.1.${number}`

function clientPod(number: number, app: string): ResourceObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name: `client-${number}`, labels: { app, number: `${number}` } },
    spec: { nodeName: 'node-2', containers: [{ name: 'c', image: 'i' }] },
    status: { phase: 'Running', podIPs: [{ ip: addressOf(number) }] },
  }
}

/** Follows one world after another, as a node's agent does. */
class Follower {
  readonly #builder = new StateBuilder()
  readonly #compiler: Compiler

  constructor(options = defaultCompileOptions) {
    this.#compiler = new Compiler(options)
  }

  verdicts(world: readonly Resource[], packet: Packet) {
    const { state, delta } = this.#builder.build(world)
    this.#compiler.update(state, delta, node)
    return {
      compiled: this.#compiled(state, packet),
      evaluated: evaluate(state, flowOf(state, packet)).verdict,
    }
  }

  /** For how many elements the only map of such a name has room. */
  roomOf(name: RegExp): number {
    const sets = this.#compiler.ruleset().flatMap(({ sets }) => [...sets.values()])
    const [only, another] = sets.filter(({ set }) => name.test(set.name))
    if (only === undefined || another !== undefined) throw new Error(`not one map of the name ${name}`)
    return only.set.size ?? 0
  }

  #compiled(state: PolicyState, packet: Packet): 'Allow' | 'Deny' {
    const [inet] = this.#compiler.ruleset()
    const [inInterface, outInterface] = [packet.sourceIp, packet.destinationIp].map((ip) =>
      interfaceAt(state, ip),
    )
    if (inet === undefined) throw new Error('no table')
    const original = { flow: flowOf(state, packet), outInterface }
    const hooks = traverse(inet, { inInterface, original, translated: undefined })
    return hooks.every(({ verdict }) => verdict === 'accept') ? 'Allow' : 'Deny'
  }
}

function interfaceAt(state: PolicyState, text: string): string | undefined {
  const ip = parseIp(text)
  const { endpoint } = (ip && state.peerAt(ip)) ?? {}
  return endpoint === undefined || endpoint.node === node.name ? endpoint?.interfaceName : 'eth0'
}
