import { admit, type Resource } from '@margay/resources'
import { expect, test } from 'vitest'
import { formatReason } from '../explain/format-decision.ts'
import { protocols } from '../model/protocol.ts'
import { buildPolicyState } from '../state/build-state.ts'
import { evaluate } from './evaluate.ts'

const namespace = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { team: name } },
})
const pod = (name: string, ip: string, labels: Record<string, string> = { app: name }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name, labels },
  spec: {
    nodeName: 'n1',
    containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }] }],
  },
  status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
})
const policy = (name: string, spec: object, kind = 'NetworkPolicy') => ({
  apiVersion: 'projectcalico.org/v3',
  kind,
  metadata: kind === 'NetworkPolicy' ? { namespace: 'shop', name } : { name },
  spec,
})
const tier = (name: string, spec: object) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'Tier',
  metadata: { name },
  spec,
})

function resources(...inputs: object[]): Resource[] {
  return inputs.map((input) => {
    const admission = admit(input)
    if (!admission.ok) throw new Error(JSON.stringify(admission.issues))
    return admission.resource
  })
}

/** TCP from shop/web to shop/db on port 80, under these policies. */
function decide(...policies: object[]) {
  const world = resources(namespace('shop'), pod('web', '10.0.0.1'), pod('db', '10.0.0.2'), ...policies)
  const { state } = buildPolicyState(world)
  const [source, destination] = [state.peer('shop/web'), state.peer('shop/db')]
  if (source === undefined || destination === undefined) throw new Error('no such pod')
  return evaluate(state, {
    source,
    destination,
    ipVersion: 4,
    protocol: protocols.tcp,
    sourcePort: undefined,
    destinationPort: 80,
    icmp: undefined,
  })
}

const allow = { action: 'Allow' }
const deny = { action: 'Deny' }
const pass = { action: 'Pass' }
const log = { action: 'Log' }

test.each([
  { name: 'a pod that no policy selects is open', policies: [], verdict: 'Allow' },
  {
    name: 'a policy without a matching rule takes the tier default',
    policies: [policy('p', {})],
    verdict: 'Deny',
  },
  { name: 'Log decides nothing', policies: [policy('p', { ingress: [log, allow] })], verdict: 'Allow' },
  { name: 'the first match decides', policies: [policy('p', { ingress: [deny, allow] })], verdict: 'Deny' },
  {
    name: 'a lower order comes first',
    policies: [policy('a', { order: 2, ingress: [deny] }), policy('b', { order: 1, ingress: [allow] })],
    verdict: 'Allow',
  },
  {
    name: 'without an order a policy comes last',
    policies: [policy('a', { ingress: [deny] }), policy('b', { order: 9, ingress: [allow] })],
    verdict: 'Allow',
  },
  {
    name: 'equal orders are told apart by the joined name, so a-b comes before a',
    policies: [policy('a', { order: 1, ingress: [deny] }), policy('a-b', { order: 1, ingress: [allow] })],
    verdict: 'Allow',
  },
  {
    name: 'Pass in the last tier falls to the profile',
    policies: [policy('p', { ingress: [pass, deny] })],
    verdict: 'Allow',
  },
  {
    name: 'Pass skips the rest of its tier',
    policies: [
      tier('sec', { order: 1 }),
      policy('sec.pass', { tier: 'sec', order: 1, ingress: [pass] }, 'GlobalNetworkPolicy'),
      policy('sec.deny', { tier: 'sec', order: 2, ingress: [deny] }, 'GlobalNetworkPolicy'),
    ],
    verdict: 'Allow',
  },
  {
    name: 'a tier whose default action is Allow allows what its policies leave open',
    policies: [
      tier('sec', { order: 1, defaultAction: 'Allow' }),
      policy('sec.p', { tier: 'sec', types: ['Ingress'] }, 'GlobalNetworkPolicy'),
      policy('later', { ingress: [deny] }),
    ],
    verdict: 'Allow',
  },
  {
    name: 'a tier that nobody created denies, and comes last',
    policies: [policy('ghost.p', { tier: 'ghost', types: ['Ingress'] }, 'GlobalNetworkPolicy')],
    verdict: 'Deny',
  },
  {
    name: 'a named port is the number that the destination gives it',
    policies: [policy('p', { ingress: [{ ...allow, protocol: 'TCP', destination: { ports: ['http'] } }] })],
    verdict: 'Allow',
  },
  {
    name: 'a negated named port',
    policies: [
      policy('p', { ingress: [{ ...allow, protocol: 'TCP', destination: { notPorts: ['http'] } }] }),
    ],
    verdict: 'Deny',
  },
  {
    name: 'a rule of the other family never matches',
    policies: [policy('p', { ingress: [{ ...allow, ipVersion: 6 }] })],
    verdict: 'Deny',
  },
  {
    name: 'a net holds the address of a pod',
    policies: [policy('p', { ingress: [{ ...allow, source: { nets: ['10.0.0.1/32'] } }] })],
    verdict: 'Allow',
  },
  {
    name: 'a service that has no addresses matches nobody',
    policies: [
      policy('p', { ingress: [{ ...allow, source: { services: { name: 's', namespace: 'shop' } } }] }),
    ],
    verdict: 'Deny',
  },
])('$name: $verdict', ({ policies, verdict }) => expect(decide(...policies).verdict).toBe(verdict))

test('a denial names the side, the tier, the policy and the rule', () => {
  expect(formatReason(decide(policy('no', { selector: "app == 'db'", ingress: [log, deny] })))).toBe(
    'Ingress of shop/db: tier default, np:shop/no rule 1: Deny',
  )
  expect(formatReason(decide(policy('egress', { selector: "app == 'web'", types: ['Egress'] })))).toBe(
    'Egress of shop/web: tier default, np:shop/egress end of tier: Deny',
  )
})

test('a pod whose namespace is unknown is closed', () => {
  const { state } = buildPolicyState(resources(pod('web', '10.0.0.1'), pod('db', '10.0.0.2')))
  const [source, destination] = [state.peer('shop/web'), state.peer('shop/db')]
  if (source === undefined || destination === undefined) throw new Error('no such pod')
  const flow = {
    source,
    destination,
    ipVersion: 4,
    protocol: 6,
    sourcePort: undefined,
    destinationPort: 80,
    icmp: undefined,
  } as const
  expect(evaluate(state, flow).verdict).toBe('Deny')
})
