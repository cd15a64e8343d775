import fc from 'fast-check'
import { expect, test } from 'vitest'
import { admit } from './admit.ts'
import {
  clusterPolicy,
  globalPolicy,
  kubernetesPolicy,
  networkPolicy,
  pod,
  stagedGlobalPolicy,
} from './examples.testkit.ts'
import { kindDefinitions } from './registry.ts'

/** Mostly the words that schemas know, so that walks go deep. */
const words = [
  'metadata', 'spec', 'status', 'name', 'namespace', 'labels', 'ingress', 'egress', 'source', 'destination', 'ports',
  'nets', 'selector', 'services', 'http', 'paths', 'icmp', 'type', 'from', 'to', 'podSelector', 'matchExpressions',
  'ipBlock', 'cidr', 'except', 'subject', 'pods', 'protocols', 'tcp', 'order', 'types', '__proto__', 'constructor',
] // biome-ignore format: one word list
const scalars = [
  'Allow',
  'Deny',
  'Ingress',
  'TCP',
  '10.0.0.0/8',
  'a',
  'has(',
  80,
  0,
  -1,
  1.5,
  true,
  null,
  'http',
  '5:1',
]

const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 7, depthSize: 'medium' },
    fc.oneof(fc.constantFrom(...scalars), fc.jsonValue({ maxDepth: 1 })),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...words), fc.string()), tie('value'), { maxKeys: 5 }),
  ),
})).value

const anyKind = fc.constantFrom(...kindDefinitions)
const options = fc.constantFrom(
  undefined,
  { unknownFields: 'warn' as const },
  { unknownFields: 'drop' as const },
)

test('admission never throws and never changes its input', () => {
  fc.assert(
    fc.property(anyKind, anyJson, anyJson, options, ({ apiVersion, kind }, metadata, spec, options) => {
      const input = { apiVersion, kind, metadata, spec }
      const before = JSON.stringify(input)
      admit(input, options)
      admit(spec, options)
      expect(JSON.stringify(input)).toBe(before)
    }),
    { numRuns: 500 },
  )
})

const port = fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.constantFrom('80', '80:80', '80:90', 'http'))
const side = fc.record(
  {
    ports: fc.array(port, { maxLength: 3 }),
    selector: fc.constantFrom('', 'all()', 'has(a)'),
    nets: fc.constant(['10.0.0.0/8']),
  },
  { requiredKeys: [] },
)
const rule = fc.record(
  {
    action: fc.constantFrom('Allow', 'Deny', 'Log', 'Pass'),
    protocol: fc.constantFrom('TCP', 'UDP', '6', 17),
    source: side,
    destination: side,
  },
  { requiredKeys: ['action', 'protocol'] },
)
const policySpec = fc.record(
  {
    tier: fc.constantFrom('', 'default', 'sec'),
    order: fc.double({ noNaN: true, noDefaultInfinity: true }),
    ingress: fc.array(rule, { maxLength: 3 }),
    egress: fc.array(rule, { maxLength: 3 }),
    types: fc.constantFrom(['Ingress'], ['Egress', 'Ingress']),
  },
  { requiredKeys: [] },
)
const kubernetesSpec = fc.record(
  {
    podSelector: fc.constantFrom({}, { matchLabels: { a: 'b' } }),
    ingress: fc.array(fc.record({ ports: fc.array(fc.record({ port: fc.constantFrom(80, 'http') })) })),
    egress: fc.array(fc.constant({})),
    policyTypes: fc.constantFrom([], ['Egress']),
  },
  { requiredKeys: [] },
)
const validInput = fc.oneof(
  policySpec.map((spec) => networkPolicy(spec)),
  policySpec.map((spec) => globalPolicy(spec)),
  policySpec.map((spec) => stagedGlobalPolicy(spec)),
  kubernetesSpec.map((spec) => kubernetesPolicy(spec)),
  fc.constantFrom(pod({ containers: [{ name: 'a', ports: [{ containerPort: 80 }] }] }), clusterPolicy({})),
)

test('an admitted object is admitted again, unchanged', () => {
  fc.assert(
    fc.property(validInput, (input) => {
      const first = admit(input)
      if (!first.ok) throw new Error(JSON.stringify(first.issues))
      const second = admit(first.resource)
      expect(second.ok && second.resource).toEqual(first.resource)
    }),
  )
})

test('defaults are the same when they are applied twice', () => {
  fc.assert(
    fc.property(validInput, (input) => {
      const first = admit(input)
      if (!first.ok) throw new Error(JSON.stringify(first.issues))
      const copy = structuredClone(first.resource)
      first.kind.applyDefaults(copy)
      expect(copy).toEqual(first.resource)
    }),
  )
})
