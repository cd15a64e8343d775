import type { Rule } from '@margay/resources'
import { expect, test } from 'vitest'
import { type SuspiciousSpec, suspicionsOf } from './suspicious.ts'

const allow = (criteria: Partial<Rule> = {}): Rule => ({ action: 'Allow', ...criteria })
const found = (spec: SuspiciousSpec) => suspicionsOf(spec).map(({ path, message }) => `${path} ${message}`)

test.each<[string, SuspiciousSpec, RegExp]>([
  [
    'a selector that contradicts itself',
    { selector: "a == 'x' && a == 'y'" },
    /^spec\.selector contradicts itself .* applies to nothing$/,
  ],
  ['one of namespaces', { namespaceSelector: 'a in {}' }, /^spec\.namespaceSelector /],
  ['one of service accounts', { serviceAccountSelector: '!all()' }, /^spec\.serviceAccountSelector /],
  [
    'rules of a direction that types lacks',
    { types: ['Ingress'], egress: [allow()] },
    /^spec\.egress has no effect, because spec\.types lacks Egress$/,
  ],
  [
    'a rule behind one that takes everything',
    { ingress: [allow(), allow({ protocol: 'TCP' })] },
    /^spec\.ingress\[1\] can never match, because spec\.ingress\[0\]/,
  ],
  [
    'a rule behind a Deny without criteria',
    { egress: [{ action: 'Deny', source: {}, destination: { nets: [] } }, allow()] },
    /^spec\.egress\[1\] /,
  ],
  [
    'a protocol that is excluded',
    { ingress: [allow({ protocol: 'TCP', notProtocol: 6 })] },
    /^spec\.ingress\[0\] can never match: notProtocol/,
  ],
  [
    'a peer that contradicts itself',
    { ingress: [allow({ source: { selector: 'has(a) && !has(a)' } })] },
    /^spec\.ingress\[0\]\.source\.selector /,
  ],
  [
    'a peer without namespaces',
    { ingress: [allow({ source: { namespaceSelector: 'a in {}' } })] },
    /^spec\.ingress\[0\]\.source\.namespaceSelector /,
  ],
  [
    'a peer without service accounts',
    { ingress: [allow({ source: { serviceAccounts: { selector: '!all()' } } })] },
    /serviceAccounts\.selector /,
  ],
  [
    'nets that are all excluded',
    { egress: [allow({ destination: { nets: ['10.1.0.0/16'], notNets: ['10.0.0.0/8'] } })] },
    /^spec\.egress\[0\]\.destination\.notNets takes away all of nets/,
  ],
  [
    'ports that are all excluded',
    { egress: [allow({ protocol: 'TCP', destination: { ports: [80, '90:95'], notPorts: ['80:100'] } })] },
    /^spec\.egress\[0\]\.destination\.notPorts takes away all of ports/,
  ],
])('%s', (_name, spec, wanted) => expect(found(spec)).toEqual([expect.stringMatching(wanted)]))

test.each<[string, SuspiciousSpec]>([
  ['an empty policy', {}],
  ['a catch-all at the end', { ingress: [allow({ protocol: 'TCP' }), allow()] }],
  ['a Log of everything, since the next rule is asked', { ingress: [{ action: 'Log' }, allow()] }],
  [
    'annotations are no criterion, but nets are',
    { ingress: [allow({ source: { nets: ['10.0.0.0/8'] } }), allow()] },
  ],
  [
    'nets of which some are left',
    { egress: [allow({ destination: { nets: ['10.0.0.0/8'], notNets: ['10.1.0.0/16'] } })] },
  ],
  [
    'ports of which some are left',
    { egress: [allow({ destination: { ports: ['80:90'], notPorts: [80] } })] },
  ],
  [
    'named ports, since their numbers are not known',
    { egress: [allow({ destination: { ports: ['http'], notPorts: ['1:65535'] } })] },
  ],
  ['two protocols that differ', { ingress: [allow({ protocol: 'TCP', notProtocol: 'UDP' })] }],
])('nothing is wrong with %s', (_name, spec) => expect(found(spec)).toEqual([]))
