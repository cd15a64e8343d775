/** Addresses that are known by names, in the compiled tables: as the evaluator has them. */
import { type Ip, parseIp } from '@margay/netset'
import { evaluate, type NamedAddress, type PolicyState, protocols } from '@margay/policy'
import { expect, test } from 'vitest'
import * as bytes from '../emit/bytes.ts'
import { interpret } from '../interpret/interpret.testkit.ts'
import { changesBetween } from '../reconcile/changes-between.ts'
import { Compiler } from './compile.ts'
import { defaultCompileOptions } from './options.ts'
import { policy, worldWith } from './world.testkit.ts'

const node = { name: 'node-1', interfaces: [], linkLocals: new Map() }
const ip = (text: string) => parseIp(text) as Ip
const named = (address: string, ...names: string[]): NamedAddress => ({ address: ip(address), names })

const toPartners = policy('partners', {
  selector: "app == 'web'",
  types: ['Egress'],
  egress: [
    {
      action: 'Allow',
      protocol: 'TCP',
      destination: { domains: ['*.example.com', 'api.partner.net'], ports: [443] },
    },
    {
      action: 'Allow',
      protocol: 'TCP',
      destination: { selector: "kind == 'mirror'", namespaceSelector: 'global()' },
    },
  ],
})
const mirrors = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkSet',
  metadata: { name: 'mirrors', labels: { kind: 'mirror' } },
  spec: { nets: ['198.51.100.0/24'], allowedEgressDomains: ['mirror.*.org'] },
}

class Web {
  readonly state: PolicyState
  readonly compiler = new Compiler(defaultCompileOptions)

  constructor(...objects: object[]) {
    this.state = worldWith(...objects)
    this.compiler.update(this.state, undefined, node)
  }

  /** What the tables say, which is what the evaluator says. */
  reaches(destination: string, port: number, names: readonly string[]): boolean {
    const source = this.state.peerAt(ip('10.65.0.1'))
    const flow = {
      source,
      destination: { ...this.state.peerAt(ip(destination)), names },
      ipVersion: ip(destination).version,
      protocol: protocols.tcp,
      sourcePort: 1024,
      destinationPort: port,
      icmp: undefined,
    }
    const [inet] = this.compiler.ruleset()
    if (inet === undefined || source.endpoint === undefined) return expect.fail('no table, or no pod')
    const { verdict } = interpret(inet, 'forward', {
      version: 4,
      network: bytes.concat(
        new Uint8Array(12),
        bytes.address(ip('10.65.0.1')),
        bytes.address(ip(destination)),
      ),
      protocol: protocols.tcp,
      transport: Uint8Array.of(4, 0, port >> 8, port & 0xff),
      iifname: source.endpoint.interfaceName,
      oifname: 'eth0',
    })
    expect(evaluate(this.state, flow).egress?.verdict, `${destination}:${port} ${names}`).toBe(
      verdict === 'accept' ? 'Allow' : 'Deny',
    )
    return verdict === 'accept'
  }
}

test('an address passes as long as it is known by a name that a rule gives', () => {
  const web = new Web(toPartners)
  expect(web.reaches('203.0.113.1', 443, [])).toBe(false)
  web.compiler.learn([named('203.0.113.1', 'www.example.com'), named('203.0.113.2', 'example.com')])
  expect(web.reaches('203.0.113.1', 443, ['www.example.com'])).toBe(true)
  expect(web.reaches('203.0.113.1', 80, ['www.example.com'])).toBe(false)
  expect(web.reaches('203.0.113.2', 443, ['example.com'])).toBe(false)
  web.compiler.learn([named('203.0.113.1')])
  expect(web.reaches('203.0.113.1', 443, [])).toBe(false)
})

test('a network set has the addresses of its names beside its nets', () => {
  const web = new Web(toPartners, mirrors)
  web.compiler.learn([named('203.0.113.7', 'mirror.de.org'), named('198.51.100.9', 'www.example.com')])
  expect(web.reaches('203.0.113.7', 80, ['mirror.de.org'])).toBe(true)
  expect(web.reaches('198.51.100.9', 80, ['www.example.com'])).toBe(true)
  expect(web.reaches('198.51.100.10', 80, [])).toBe(true)
  expect(web.reaches('203.0.113.8', 80, [])).toBe(false)
})

test("what is learnt of a workload's address opens no way to it", () => {
  const web = new Web(toPartners)
  web.compiler.learn([named('10.65.0.2', 'rebind.example.com')])
  expect(web.reaches('10.65.0.2', 443, ['rebind.example.com'])).toBe(false)
})

test('what was learnt holds for policies and settings that come later', () => {
  const web = new Web()
  web.compiler.learn([named('203.0.113.1', 'www.example.com')])
  const state = worldWith(toPartners)
  web.compiler.update(state, undefined, node)
  Object.assign(web, { state })
  expect(web.reaches('203.0.113.1', 443, ['www.example.com'])).toBe(true)
})

test('another address of a name that is known changes one element and no rule', () => {
  const web = new Web(toPartners)
  web.compiler.learn([named('203.0.113.1', 'www.example.com')])
  const steps = web.compiler.learn([named('203.0.113.3', 'cdn.example.com')])
  const batches = steps.flatMap(({ before, after }) => changesBetween(before, after).batches)
  expect(batches.map((batch) => batch.map((it) => it.do))).toEqual([['add-elements']])
})

test('where nobody asks about names, none are asked for', () => {
  expect(new Web().compiler.askedNames).toBe('')
  const { compiler } = new Web(toPartners)
  expect(compiler.askedNames).not.toBe('')
  expect(compiler.isNameAsked('a.example.com')).toBe(true)
  expect(compiler.isNameAsked('a.example.org')).toBe(false)
})

test('what more names of an address would change is told before they are', () => {
  const { compiler } = new Web(toPartners, mirrors)
  const isSaid = (...names: string[]) => compiler.isSaid(named('203.0.113.1', ...names))
  expect(isSaid('www.example.com')).toBe(false)
  expect(isSaid('other.test')).toBe(true)
  compiler.learn([named('203.0.113.1', 'www.example.com')])
  expect(isSaid('a.example.com', 'other.test', 'api.partner.net')).toBe(true)
  expect(isSaid('mirror.de.org')).toBe(false)
  compiler.learn([named('203.0.113.1')])
  expect(isSaid('a.example.com')).toBe(false)
})
