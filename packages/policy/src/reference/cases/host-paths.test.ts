/** Sentences of spec/dataplane.md 1 and 10 about host endpoints, translation, and packets to and from the node. */
import { describe } from 'vitest'
import {
  allow,
  deny,
  felixConfiguration,
  globalPolicy,
  hostEndpoint,
  installation,
  ipPool,
  node,
  pass,
  pod,
  policy,
  profile,
  stagedGlobalPolicy,
  tier,
} from './objects.testkit.ts'
import { testPaths } from './paths.testkit.ts'

const eth0 = hostEndpoint('h', { interfaceName: 'eth0' }, { role: 'host' })
const eth1 = hostEndpoint('i', { interfaceName: 'eth1' }, { role: 'inner' })
const star = hostEndpoint('s', { interfaceName: '*' }, { role: 'host' })
const onHosts = { selector: "role == 'host'" }
const tcp = (port: number, action = 'Allow') => ({ action, protocol: 'TCP', destination: { ports: [port] } })
const both = { ingress: [deny], egress: [deny] }
const gnp = (name: string, spec: object) => globalPolicy(name, { ...onHosts, ...spec })
const untracked = (spec: object) => gnp('raw', { doNotTrack: true, applyOnForward: true, ...spec })
const preDnat = (spec: object) => gnp('pre', { preDNAT: true, applyOnForward: true, ...spec })
const forward = (spec: object) => gnp('forward', { applyOnForward: true, ...spec })

const toHost = (port: number) => `eth0 > local: 203.0.113.9 > 192.0.2.1 TCP ${port}`
const fromHost = (port: number) => `local > eth0: 192.0.2.1 > 203.0.113.9 TCP ${port}`
const through = (port: number) => `eth0 > eth1: 203.0.113.9 > 198.51.100.9 TCP ${port}`
const toPod = (port: number) => `eth0 > shop/db: 203.0.113.9 > shop/db TCP ${port}`
const fromPod = (port: number) => `shop/web > eth0: shop/web > 203.0.113.9 TCP ${port}`
const podToPod = 'shop/web > shop/db: shop/web > shop/db TCP 80'
const podToHost = 'shop/web > local: shop/web > 192.0.2.1 TCP 80'
/** As a NodePort: the packet is for the node, and is sent on to a pod. */
const nodePort = (port: number) =>
  `eth0 > local: 203.0.113.9 > 192.0.2.1 TCP ${port} => shop/db: 203.0.113.9 > shop/db TCP 80`

describe('a host endpoint by itself', () => {
  testPaths([
    {
      name: 'without one, the node is left alone',
      given: [],
      leaves: [toHost(80), fromHost(80), through(80)],
    },
    {
      name: 'without a policy it denies in both directions, but for failsafe ports',
      given: [eth0],
      accepts: [toHost(22), fromHost(6443)],
      drops: [toHost(80), fromHost(80)],
    },
    {
      name: 'it governs its interface only',
      given: [eth0],
      leaves: [
        'eth1 > local: 203.0.113.9 > 198.51.100.1 TCP 80',
        'local > eth1: 198.51.100.1 > 203.0.113.9 TCP 80',
      ],
    },
    {
      name: 'its profiles open it: the built-in one in both directions',
      given: [hostEndpoint('h', { interfaceName: 'eth0', profiles: ['projectcalico-default-allow'] })],
      accepts: [toHost(80), fromHost(80)],
    },
    {
      name: 'a profile is its rules, in order, and profiles are asked in order; one that is missing denies',
      given: [
        profile('a', { ingress: [tcp(80), tcp(81, 'Deny'), tcp(83, 'Pass')] }),
        profile('b', { ingress: [tcp(81), tcp(82), tcp(83)] }),
        hostEndpoint('h', {
          interfaceName: 'eth0',
          profiles: ['a', 'b', 'missing', 'projectcalico-default-allow'],
        }),
      ],
      accepts: [toHost(80), toHost(82)],
      drops: [toHost(81), toHost(83), toHost(84), fromHost(80)],
    },
    {
      name: 'policies decide before profiles',
      given: [
        hostEndpoint(
          'h',
          { interfaceName: 'eth0', profiles: ['projectcalico-default-allow'] },
          { role: 'host' },
        ),
        gnp('p', { ingress: [tcp(80)] }),
      ],
      accepts: [toHost(80), fromHost(81)],
      drops: [toHost(81)],
    },
    {
      name: 'Pass in the last tier falls to the profiles',
      given: [
        hostEndpoint(
          'h',
          { interfaceName: 'eth0', profiles: ['projectcalico-default-allow'] },
          { role: 'host' },
        ),
        gnp('p', { ingress: [tcp(80, 'Pass')] }),
      ],
      accepts: [toHost(80)],
      drops: [toHost(81)],
    },
    {
      name: 'allow in an earlier tier ends everything',
      given: [
        eth0,
        tier('first', { order: 1 }),
        gnp('first.p', { tier: 'first', ingress: [tcp(80), pass] }),
        gnp('p', { ingress: [deny] }),
      ],
      accepts: [toHost(80)],
      drops: [toHost(81)],
    },
    {
      name: 'a policy whose rules do not match takes its tier’s default action',
      given: [
        eth0,
        tier('first', { order: 1, defaultAction: 'Pass' }),
        gnp('first.p', { tier: 'first', ingress: [tcp(1)] }),
        gnp('p', { ingress: [allow] }),
      ],
      accepts: [toHost(80)],
    },
    {
      name: 'a policy for another direction leaves this one to the profiles',
      given: [eth0, gnp('p', { egress: [allow] })],
      accepts: [fromHost(80)],
      drops: [toHost(80)],
    },
    {
      name: 'a global policy that selects nobody in particular selects host endpoints too',
      given: [eth0, globalPolicy('p', { ingress: [allow] })],
      accepts: [toHost(80)],
    },
    {
      name: 'a namespaced policy never does, nor a global one with a selector of namespaces',
      given: [
        eth0,
        policy('p', { ingress: [allow] }),
        globalPolicy('q', { namespaceSelector: 'all()', ingress: [allow] }),
        globalPolicy('r', { serviceAccountSelector: 'all()', ingress: [allow] }),
        globalPolicy('t', { selector: 'all()', namespaceSelector: '!has(team)', ingress: [allow] }),
      ],
      drops: [toHost(80)],
    },
    {
      name: 'staged policies decide nothing',
      given: [eth0, stagedGlobalPolicy('p', { ...onHosts, ingress: [allow] })],
      drops: [toHost(80)],
    },
  ])
})

describe('pods that share their node’s network', () => {
  const onNode = pod('shop', 'proxy', {
    labels: { app: 'proxy' },
    ips: ['192.0.2.1'],
    spec: { hostNetwork: true },
  })
  testPaths([
    {
      name: 'are the node: policies of pods are not about them, those of host endpoints are',
      given: [
        onNode,
        eth0,
        policy('p', { selector: "app == 'proxy'", ingress: [deny] }),
        gnp('q', { ingress: [tcp(80)] }),
      ],
      accepts: [toHost(80)],
      drops: [toHost(81)],
    },
    {
      name: 'as peers they are found by the node’s address, not by their labels',
      given: [
        onNode,
        policy('p', {
          selector: "app == 'db'",
          ingress: [{ ...tcp(80), source: { selector: "app == 'proxy'" } }],
        }),
        policy('q', {
          selector: "app == 'db'",
          ingress: [{ ...tcp(81), source: { nets: ['192.0.2.1/32'] } }],
        }),
      ],
      accepts: ['eth0 > shop/db: 192.0.2.1 > shop/db TCP 81'],
      drops: ['eth0 > shop/db: 192.0.2.1 > shop/db TCP 80'],
    },
  ])
})

describe('which host endpoint governs', () => {
  testPaths([
    {
      name: 'the one for all governs what no other does',
      given: [star, eth1, gnp('p', { ingress: [tcp(80)] })],
      accepts: [toHost(80)],
      drops: [toHost(81), 'eth1 > local: 203.0.113.9 > 198.51.100.1 TCP 80'],
    },
    {
      name: 'one by its expected addresses',
      given: [
        hostEndpoint('h', { expectedIPs: ['192.0.2.1'] }, { role: 'host' }),
        gnp('p', { ingress: [tcp(80)] }),
      ],
      accepts: [toHost(80)],
      drops: [toHost(81)],
      leaves: ['eth1 > local: 203.0.113.9 > 198.51.100.1 TCP 81'],
    },
    {
      name: 'of several, the one with the smallest name',
      given: [
        hostEndpoint('b', { interfaceName: 'eth0' }, { role: 'host' }),
        hostEndpoint('a', { expectedIPs: ['192.0.2.1'] }),
        gnp('p', { ingress: [tcp(80)] }),
      ],
      drops: [toHost(80)],
    },
    {
      name: 'of another node, none',
      given: [hostEndpoint('h', { node: 'n2', interfaceName: 'eth0' })],
      leaves: [toHost(80)],
    },
  ])
})

describe('failsafe ports', () => {
  testPaths([
    {
      name: 'no policy cuts them, to the node, from the node, and before connection tracking or translation',
      given: [eth0, gnp('p', both), untracked(both), preDnat({ ingress: [deny] })],
      accepts: [toHost(22), toHost(6443), fromHost(179), 'local > eth0: 192.0.2.1 > 203.0.113.9 UDP 53'],
      drops: [toHost(80), fromHost(22), 'eth0 > local: 203.0.113.9 > 192.0.2.1 UDP 53'],
    },
    {
      name: 'they do not exist for forwarded packets',
      given: [eth0, forward(both)],
      drops: [through(22), toPod(22)],
    },
    {
      name: 'what they save before connection tracking or translation is not allowed by it: forwarded, it is judged',
      given: [eth0, untracked({ ingress: [allow] }), preDnat({ ingress: [allow] }), forward(both)],
      accepts: [through(80)],
      drops: [through(22)],
    },
    {
      name: 'they do not open pods',
      given: [policy('p', { ingress: [deny], egress: [deny] })],
      drops: [toPod(22), fromPod(6443)],
    },
    {
      name: 'before connection tracking, replies are saved by their source port, in both directions',
      given: [eth0, gnp('p', { ingress: [allow], egress: [allow] }), untracked(both)],
      accepts: [
        'eth0 > local: 203.0.113.9 > 192.0.2.1 TCP 6443>40000',
        'eth0 > local: 203.0.113.9 > 192.0.2.1 UDP 53>40000',
        'local > eth0: 192.0.2.1 > 203.0.113.9 TCP 22>40000',
      ],
      drops: [
        'eth0 > local: 203.0.113.9 > 192.0.2.1 TCP 22>40000',
        'local > eth0: 192.0.2.1 > 203.0.113.9 UDP 53>40000',
      ],
    },
    {
      name: 'after that, source ports save nothing',
      given: [eth0, gnp('p', both), preDnat({ ingress: [deny] })],
      drops: [
        'eth0 > local: 203.0.113.9 > 192.0.2.1 TCP 6443>40000',
        'local > eth0: 192.0.2.1 > 203.0.113.9 TCP 22>40000',
      ],
    },
    {
      name: 'an entry may be for some addresses of the far side only, of its own IP version',
      given: [
        eth0,
        felixConfiguration('default', {
          failsafeInboundHostPorts: [{ protocol: 'TCP', port: 22, net: '203.0.113.0/24' }],
          failsafeOutboundHostPorts: [{ protocol: 'UDP', port: 53, net: '198.51.100.0/24' }],
        }),
      ],
      accepts: [toHost(22), 'local > eth0: 192.0.2.1 > 198.51.100.53 UDP 53'],
      drops: [
        'eth0 > local: 198.51.100.9 > 192.0.2.1 TCP 22',
        'eth0 > local: 2001:db8::9 > 2001:db8::1 TCP 22',
        'local > eth0: 192.0.2.1 > 203.0.113.53 UDP 53',
        toHost(6443),
      ],
    },
    {
      name: 'an empty list means none, and port 0 means all',
      given: [
        eth0,
        felixConfiguration('default', { failsafeInboundHostPorts: [] }),
        felixConfiguration('node.n1', { failsafeOutboundHostPorts: [{ protocol: 'TCP', port: 0 }] }),
      ],
      accepts: [fromHost(1), fromHost(65535)],
      drops: [toHost(22), 'local > eth0: 192.0.2.1 > 203.0.113.9 UDP 53'],
    },
    {
      name: 'before translation they are looked up by the port that was asked for',
      given: [eth0, preDnat({ ingress: [deny] })],
      accepts: [nodePort(22)],
      drops: [nodePort(30080)],
    },
  ])
})

describe('before connection tracking (doNotTrack)', () => {
  testPaths([
    {
      name: 'Deny denies, Allow accepts for good, and what it leaves open goes on to the rest',
      given: [
        eth0,
        untracked({ ingress: [tcp(80), tcp(81, 'Deny')], egress: [tcp(80)] }),
        gnp('p', { ingress: [tcp(82)] }),
      ],
      accepts: [toHost(80), toHost(82), fromHost(80)],
      drops: [toHost(81), toHost(83), fromHost(81)],
    },
    {
      name: 'it has no end of tier',
      given: [eth0, untracked({ ingress: [] }), gnp('p', { ingress: [allow] })],
      accepts: [toHost(80)],
    },
    {
      name: 'Pass goes to the next tier',
      given: [
        eth0,
        tier('first', { order: 1 }),
        gnp('first.raw', { tier: 'first', doNotTrack: true, applyOnForward: true, ingress: [pass, deny] }),
        untracked({ ingress: [tcp(80)] }),
      ],
      accepts: [toHost(80)],
    },
    {
      name: 'Allow skips the later stages of the host endpoint that it came in by',
      given: [
        eth0,
        untracked({ ingress: [allow] }),
        preDnat({ ingress: [deny] }),
        gnp('p', both),
        forward(both),
      ],
      accepts: [toHost(80), through(80)],
    },
    {
      name: 'but not the forward stage of the one that it leaves by',
      given: [
        eth0,
        eth1,
        untracked({ ingress: [allow] }),
        globalPolicy('out', { selector: "role == 'inner'", applyOnForward: true, egress: [deny] }),
      ],
      drops: [through(80)],
    },
    {
      name: 'and not policy of pods',
      given: [eth0, untracked({ ingress: [allow] }), policy('p', { ingress: [tcp(80)] })],
      accepts: [toPod(80)],
      drops: [toPod(81)],
    },
    {
      name: 'a packet that it allows is not translated',
      given: [eth0, untracked({ ingress: [allow] }), policy('p', { ingress: [deny] })],
      accepts: [nodePort(30080)],
    },
    {
      name: 'the one for all has none of it',
      given: [star, untracked({ ingress: [allow], egress: [allow] })],
      drops: [toHost(80), fromHost(80)],
    },
    {
      name: 'pods never see it',
      given: [
        eth0,
        star,
        untracked(both),
        globalPolicy('all', { doNotTrack: true, applyOnForward: true, ...both }),
      ],
      accepts: [podToPod],
    },
    {
      name: 'from the node, Allow also saves from the policy of where it leaves after all',
      given: [eth0, eth1, untracked({ egress: [allow] })],
      accepts: ['local > eth0: 192.0.2.1 > 203.0.113.9 TCP 80 => eth1: 192.0.2.1 > 198.51.100.9 TCP 80'],
    },
  ])
})

describe('before destination NAT (preDNAT)', () => {
  testPaths([
    {
      name: 'sees what was asked for, to the node and through it',
      given: [
        eth0,
        preDnat({ ingress: [tcp(30080, 'Deny'), tcp(80, 'Deny')] }),
        gnp('p', { ingress: [allow] }),
      ],
      accepts: [toHost(81), nodePort(30081)],
      drops: [nodePort(30080), toHost(80), through(80)],
    },
    {
      name: 'later stages see where it was sent',
      given: [eth0, forward({ ingress: [tcp(80)] }), policy('p', { ingress: [tcp(80)] })],
      accepts: [nodePort(30080), toPod(80)],
      drops: [toPod(30080)],
    },
    {
      name: 'has no end of tier',
      given: [eth0, preDnat({ ingress: [tcp(1)] }), gnp('p', { ingress: [allow] })],
      accepts: [toHost(80)],
    },
    {
      name: 'Allow skips the later stages of the host endpoint, but not policy of pods',
      given: [
        eth0,
        preDnat({ ingress: [allow] }),
        gnp('p', both),
        forward(both),
        policy('q', { ingress: [tcp(80)] }),
      ],
      accepts: [toHost(80), through(80), nodePort(30080)],
      drops: [toPod(81), fromHost(80)],
    },
    {
      name: 'is of no later stage: what it leaves open, profiles decide',
      given: [
        hostEndpoint(
          'h',
          { interfaceName: 'eth0', profiles: ['projectcalico-default-allow'] },
          { role: 'host' },
        ),
        preDnat({ ingress: [tcp(1)] }),
        untracked({ ingress: [tcp(2)], egress: [tcp(2)] }),
      ],
      accepts: [toHost(80), fromHost(80), through(80)],
    },
    {
      name: 'is not about what the node sends',
      given: [eth0, preDnat({ ingress: [deny] }), gnp('p', { egress: [allow] })],
      accepts: [fromHost(80)],
    },
    {
      name: 'of the one for all is about what pods send, too',
      given: [
        star,
        preDnat({ ingress: [tcp(80, 'Deny'), allow] }),
        policy('p', { selector: "app == 'web'", egress: [tcp(80), tcp(81)] }),
        felixConfiguration('default', { defaultEndpointToHostAction: 'Accept' }),
      ],
      accepts: ['shop/web > local: shop/web > 192.0.2.1 TCP 81', fromPod(81)],
      drops: [podToPod, podToHost, fromPod(82)],
    },
    {
      name: 'of the one for an interface is not',
      given: [eth0, eth1, preDnat({ ingress: [deny] })],
      accepts: [podToPod],
    },
  ])
})

describe('forwarded packets', () => {
  testPaths([
    {
      name: 'are free where no policy applies on forward',
      given: [eth0, eth1, gnp('p', both)],
      accepts: [through(80), toPod(80), fromPod(80)],
    },
    {
      name: 'are judged as they come in and as they go out',
      given: [
        eth0,
        eth1,
        forward({ ingress: [tcp(80), tcp(81)], egress: [tcp(80)] }),
        globalPolicy('inner', { selector: "role == 'inner'", applyOnForward: true, egress: [tcp(80)] }),
      ],
      accepts: [through(80), fromPod(80), toPod(80), toPod(81)],
      drops: [through(81), through(82), fromPod(81), toPod(82)],
    },
    {
      name: 'with a policy in one direction, the other neither drops nor accepts',
      given: [eth0, forward({ ingress: [allow] })],
      leaves: ['eth1 > eth0: 198.51.100.9 > 203.0.113.9 TCP 80', fromPod(80)],
      accepts: [through(80)],
    },
    {
      name: 'falling off the end of all tiers neither drops nor accepts, whatever the profiles say',
      given: [
        hostEndpoint('h', { interfaceName: 'eth0', profiles: ['missing'] }, { role: 'host' }),
        forward({ ingress: [pass] }),
      ],
      leaves: [through(80)],
      accepts: [toPod(80)],
    },
    {
      name: 'policy that applies on forward is about the node too',
      given: [eth0, forward({ ingress: [tcp(80)] })],
      accepts: [toHost(80)],
      drops: [toHost(81)],
    },
    {
      name: 'accept at the source’s egress is not the end: the destination’s ingress is judged too',
      given: [
        policy('p', { selector: "app == 'web'", egress: [allow] }),
        policy('q', { selector: "app == 'db'", ingress: [deny] }),
      ],
      drops: [podToPod],
    },
    {
      name: 'of the one for all: between pods of the node too',
      given: [star, forward({ ingress: [tcp(80)], egress: [tcp(80)] })],
      accepts: [podToPod],
      drops: ['shop/web > shop/db: shop/web > shop/db TCP 81'],
    },
    {
      name: 'a pod that is not known gets nothing and sends nothing',
      given: [],
      drops: [
        'eth0 > cali0: 203.0.113.9 > 10.0.0.99 TCP 80',
        'cali0 > eth0: 10.0.0.99 > 203.0.113.9 TCP 80',
        'cali0 > local: 10.0.0.99 > 192.0.2.1 TCP 80',
      ],
    },
    {
      name: 'hairpin: a pod that reaches itself by a service passes both of its policies',
      given: [policy('p', { selector: "app == 'web'", ingress: [deny] })],
      drops: ['shop/web > eth0: shop/web > 10.96.0.1 TCP 80 => shop/web: shop/web > shop/web TCP 8080'],
    },
    {
      name: 'a service is seen after translation, by the egress of pods too',
      given: [
        policy('p', {
          selector: "app == 'web'",
          egress: [{ ...tcp(80), destination: { selector: "app == 'db'" } }],
        }),
      ],
      accepts: ['shop/web > eth0: shop/web > 10.96.0.1 TCP 443 => shop/db: shop/web > shop/db TCP 80'],
      drops: ['shop/web > eth0: shop/web > 10.96.0.1 TCP 443'],
    },
  ])
})

describe('between pods and their node', () => {
  const hostAction = (action: string) =>
    felixConfiguration('default', { defaultEndpointToHostAction: action })
  testPaths([
    {
      name: 'the node reaches its pods whatever their ingress says; other nodes do not',
      given: [eth0, policy('p', { ingress: [deny] }), gnp('q', both)],
      leaves: ['local > shop/db: 192.0.2.1 > shop/db TCP 80'],
      drops: ['eth0 > shop/db: 192.0.2.2 > shop/db TCP 80'],
    },
    {
      name: 'also by a service, and although one for all denies',
      given: [star, policy('p', { ingress: [deny] }), gnp('q', both)],
      leaves: [
        'local > shop/db: 192.0.2.1 > shop/db TCP 80',
        'local > eth0: 192.0.2.1 > 10.96.0.1 TCP 80 => shop/db: 192.0.2.1 > shop/db TCP 80',
      ],
    },
    {
      name: 'a pod does not reach its node by default',
      given: [eth0, gnp('p', { ingress: [allow] })],
      drops: [podToHost],
    },
    {
      name: 'with Accept it does, after its own egress, and no host endpoint is asked',
      given: [
        hostAction('Accept'),
        star,
        gnp('p', both),
        policy('q', { selector: "app == 'web'", egress: [tcp(80)] }),
      ],
      accepts: [podToHost],
      drops: ['shop/web > local: shop/web > 192.0.2.1 TCP 81'],
    },
    {
      name: 'with Return it is left to others',
      given: [hostAction('Return'), star, gnp('p', both)],
      leaves: [podToHost],
    },
    {
      name: 'neighbour discovery works whatever policy says, router advertisements do not',
      given: [policy('p', { ingress: [deny], egress: [deny] })],
      accepts: [
        'shop/web > local: fe80::1 > ff02::1 ICMPv6 135',
        'shop/web > local: shop/web > fd00::9 ICMPv6 136 over IPv6',
        'shop/web > local: fe80::1 > ff02::16 ICMPv6 130',
      ],
      drops: [
        'shop/web > local: fe80::1 > ff02::1 ICMPv6 134',
        'shop/web > local: shop/web > fd00::9 ICMPv6 128 over IPv6',
      ],
    },
    {
      name: 'what the node sends is judged after translation, by where it then leaves',
      given: [
        eth0,
        eth1,
        gnp('p', { egress: [tcp(8080)] }),
        globalPolicy('q', { selector: "role == 'inner'", egress: [deny] }),
      ],
      accepts: ['local > eth1: 198.51.100.1 > 10.96.0.1 TCP 80 => eth0: 192.0.2.1 > 203.0.113.9 TCP 8080'],
      drops: [
        'local > eth0: 192.0.2.1 > 10.96.0.1 TCP 8080 => eth1: 192.0.2.1 > 198.51.100.9 TCP 8080',
        'local > eth0: 192.0.2.1 > 10.96.0.1 TCP 8080 => eth0: 192.0.2.1 > 203.0.113.9 TCP 80',
      ],
    },
    {
      name: 'the one for all is about the loopback interface too',
      given: [star, gnp('p', { egress: [tcp(80)] })],
      accepts: ['local > local: 127.0.0.1 > 127.0.0.1 TCP 80'],
      drops: ['local > local: 127.0.0.1 > 127.0.0.1 TCP 81'],
    },
  ])
})

describe('what a pod may send', () => {
  const granted = '["10.9.0.0/16"]'
  const spoofer = pod('shop', 'vpn', {
    labels: { app: 'vpn' },
    ips: ['10.0.0.7', 'fd00::7'],
    metadata: { annotations: { 'cni.projectcalico.org/allowedSourcePrefixes': granted } },
  })
  const from = (source: string) => `shop/vpn > eth0: ${source} > 203.0.113.9 TCP 80`
  testPaths([
    {
      name: 'only from its own addresses',
      given: [spoofer],
      accepts: [from('shop/vpn'), 'shop/vpn > eth0: fd00::7 > 2001:db8::9 TCP 80'],
      drops: [
        from('10.0.0.8'),
        from('10.9.1.1'),
        from('shop/web'),
        'shop/vpn > local: 10.0.0.8 > 192.0.2.1 TCP 80',
      ],
    },
    {
      name: 'with workloadSourceSpoofing Any, also from the prefixes that it names',
      given: [spoofer, felixConfiguration('default', { workloadSourceSpoofing: 'Any' })],
      accepts: [from('shop/vpn'), from('10.9.1.1')],
      drops: [from('10.0.0.8'), 'shop/web > eth0: 10.9.1.1 > 203.0.113.9 TCP 80'],
    },
    {
      name: 'no packets in packets, whatever policy says; to pods they pass',
      given: [],
      accepts: [
        'eth0 > shop/db: 203.0.113.9 > shop/db UDP 4789',
        'shop/web > eth0: shop/web > 203.0.113.9 TCP 4789',
      ],
      drops: [
        'shop/web > eth0: shop/web > 203.0.113.9 UDP 4789',
        'shop/web > shop/db: shop/web > shop/db UDP 4789',
        'shop/web > eth0: shop/web > 203.0.113.9 IPIP',
      ],
    },
    {
      name: 'unless settings say that it may',
      given: [
        felixConfiguration('default', {
          allowVXLANPacketsFromWorkloads: true,
          allowIPIPPacketsFromWorkloads: true,
        }),
      ],
      accepts: [
        'shop/web > eth0: shop/web > 203.0.113.9 UDP 4789',
        'shop/web > eth0: shop/web > 203.0.113.9 IPIP',
      ],
    },
  ])
})

describe('tunnels between nodes', () => {
  const closed = [eth0, gnp('none', both), node('n2', {}, '192.0.2.2'), node('n3', {}, '2001:db8::3')]
  const pool = (spec: object) => ipPool('pool', { cidr: '10.0.0.0/8', ...spec })
  const [ipip, vxlan] = [pool({ ipipMode: 'Always' }), pool({ vxlanMode: 'CrossSubnet' })]
  const from = (source: string, packet: string) => `eth0 > local: ${source} > 192.0.2.1 ${packet}`
  const to = (destination: string, packet: string) => `local > eth0: 192.0.2.1 > ${destination} ${packet}`
  testPaths([
    {
      name: 'without a pool or a setting that says so, nobody uses them',
      given: closed,
      drops: [from('192.0.2.2', 'UDP 4789'), from('192.0.2.2', 'IPIP'), to('192.0.2.2', 'IPIP')],
    },
    {
      name: 'VXLAN comes in from nodes and goes out to nodes, whatever host endpoints say',
      given: [...closed, vxlan],
      accepts: [from('192.0.2.2', 'UDP 4789'), to('192.0.2.2', 'UDP 4789')],
      drops: [
        from('203.0.113.9', 'UDP 4789'),
        to('203.0.113.9', 'UDP 4789'),
        from('192.0.2.2', 'TCP 4789'),
        from('192.0.2.2', 'UDP 4790'),
        from('192.0.2.2', 'IPIP'),
        'eth0 > local: 2001:db8::3 > 2001:db8::1 UDP 4789',
      ],
    },
    {
      name: 'no policy allows it from elsewhere, nor is there need for a host endpoint',
      given: [vxlan, untracked({ ingress: [allow], egress: [allow] }), eth0],
      drops: [from('203.0.113.9', 'UDP 4789'), 'eth1 > local: 203.0.113.9 > 198.51.100.1 UDP 4789'],
      accepts: [to('203.0.113.9', 'UDP 4789'), from('203.0.113.9', 'UDP 4790')],
    },
    {
      name: 'earlier stages are asked all the same',
      given: [...closed, vxlan, preDnat({ ingress: [deny] }), untracked({ egress: [deny] })],
      drops: [from('192.0.2.2', 'UDP 4789'), to('192.0.2.2', 'UDP 4789')],
    },
    {
      name: 'what only passes through is no tunnel of the node',
      given: [...closed, vxlan, forward({ ingress: [deny] })],
      drops: ['eth0 > eth1: 192.0.2.2 > 198.51.100.9 UDP 4789'],
    },
    {
      name: 'VXLAN over IPv6 is that of IPv6 pools, and at the port of the settings',
      given: [
        ...closed,
        ipPool('six', { cidr: 'fd00::/64', vxlanMode: 'Always' }),
        felixConfiguration('default', { vxlanPort: 8472, vxlanEnabled: true }),
      ],
      accepts: ['eth0 > local: 2001:db8::3 > 2001:db8::1 UDP 8472', from('192.0.2.2', 'UDP 8472')],
      drops: ['eth0 > local: 2001:db8::4 > 2001:db8::1 UDP 8472', from('192.0.2.2', 'UDP 4789')],
    },
    {
      name: 'IPIP is for IPv4, from nodes and to nodes',
      given: [...closed, ipip],
      accepts: [from('192.0.2.2', 'IPIP'), to('192.0.2.2', 'IPIP')],
      drops: [
        from('203.0.113.9', 'IPIP'),
        to('203.0.113.9', 'IPIP'),
        'eth0 > local: 2001:db8::3 > 2001:db8::1 IPIP',
        from('192.0.2.2', 'UDP 4789'),
      ],
    },
    {
      name: 'WireGuard comes from anybody, since it knows its peers by their keys',
      given: [...closed, felixConfiguration('default', { wireguardEnabled: true })],
      accepts: [
        from('203.0.113.9', 'UDP 51820'),
        to('203.0.113.9', 'UDP 51820'),
        'shop/web > local: shop/web > 192.0.2.1 UDP 51820',
      ],
      drops: [from('203.0.113.9', 'UDP 51821'), 'eth0 > local: 2001:db8::3 > 2001:db8::1 UDP 51820'],
    },
    {
      name: 'the operator switches WireGuard on, over IPv4',
      given: [...closed, installation('Enabled')],
      accepts: [from('203.0.113.9', 'UDP 51820'), to('203.0.113.9', 'UDP 51820')],
      drops: ['eth0 > local: 2001:db8::3 > 2001:db8::1 UDP 51821'],
    },
    {
      name: 'a configuration switches it off again; an Installation of another name never switched it on',
      given: [
        ...closed,
        installation('Enabled'),
        felixConfiguration('node.n1', { wireguardEnabled: false }),
        installation('Enabled', 'another'),
      ],
      drops: [from('203.0.113.9', 'UDP 51820')],
    },
    {
      name: 'WireGuard for IPv6 gives way where both would listen on one port',
      given: [
        ...closed,
        felixConfiguration('default', {
          wireguardEnabled: true,
          wireguardEnabledV6: true,
          wireguardListeningPortV6: 51820,
        }),
      ],
      accepts: [from('203.0.113.9', 'UDP 51820'), 'eth0 > local: 2001:db8::3 > 2001:db8::1 UDP 51821'],
      drops: ['eth0 > local: 2001:db8::3 > 2001:db8::1 UDP 51820'],
    },
    {
      name: 'what was translated is judged as what it is then',
      given: [...closed, vxlan],
      drops: ['local > eth0: 192.0.2.1 > 10.96.0.1 UDP 80 => eth0: 192.0.2.1 > 192.0.2.2 UDP 4789'],
      accepts: ['eth0 > local: 192.0.2.2 > 10.96.0.1 UDP 80 => local: 192.0.2.2 > 192.0.2.1 UDP 4789'],
    },
  ])
})
