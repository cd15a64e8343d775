import { parseIp } from '@margay/netset'
import { evaluate, type PolicyState, StateBuilder } from '@margay/policy'
import type { Resource } from '@margay/resources'
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
  return ip && state.peerAt(ip).endpoint?.interfaceName
}
