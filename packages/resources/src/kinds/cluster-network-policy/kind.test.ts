import { expect, test } from 'vitest'
import { clusterPolicy, issuePaths } from '../examples.testkit.ts'

const pods = { podSelector: {}, namespaceSelector: { matchLabels: { a: 'b' } } }
const from = [{ namespaces: {} }]
const ingress = (rule: object) => clusterPolicy({ ingress: [{ action: 'Accept', from, ...rule }] })
const egress = (rule: object) => clusterPolicy({ egress: [{ action: 'Accept', to: [{ pods }], ...rule }] })
const inRule = 'spec.ingress[0]'
const outRule = 'spec.egress[0]'

test.each([
  clusterPolicy({}),
  clusterPolicy({ tier: 'Baseline', priority: 0, subject: { pods } }),
  clusterPolicy({ priority: 1000, subject: { pods: { podSelector: {} } } }),
  ingress({ name: 'x'.repeat(100), from: [{ pods }] }),
  ingress({ protocols: [{ tcp: { destinationPort: { number: 80 } } }, { destinationNamedPort: 'http' }] }),
  egress({ protocols: [{ sctp: { destinationPort: { range: { start: 1, end: 2 } } } }] }),
  egress({ to: [{ networks: ['10.0.0.0/8', '::/0'] }, { nodes: {} }, { domainNames: ['*.example.com'] }] }),
  egress({ action: 'Deny', to: [{ networks: ['10.0.0.0/8'] }] }),
])('%j is accepted', (input) => expect(issuePaths(input)).toEqual([]))

test.each([
  [clusterPolicy({ tier: 'Default' }), 'spec.tier'],
  [clusterPolicy({ priority: 1001 }), 'spec.priority'],
  [clusterPolicy({ priority: -1 }), 'spec.priority'],
  [clusterPolicy({ priority: 1.5 }), 'spec.priority'],
  [clusterPolicy({ priority: null }), 'spec.priority'],
  [clusterPolicy({ subject: {} }), 'spec.subject'],
  [clusterPolicy({ subject: { namespaces: {}, pods } }), 'spec.subject'],
  [clusterPolicy({ subject: { pods: { namespaceSelector: {} } } }), 'spec.subject.pods.podSelector'],
  [
    clusterPolicy({ subject: { namespaces: { matchLabels: { a: '!' } } } }),
    'spec.subject.namespaces.matchLabels.a',
  ],
  [clusterPolicy({ ingress: Array(26).fill({ action: 'Deny', from }) }), 'spec.ingress'],
  [ingress({ action: 'Allow' }), `${inRule}.action`],
  [ingress({ name: 'x'.repeat(101) }), `${inRule}.name`],
  [ingress({ from: [] }), `${inRule}.from`],
  [ingress({ from: undefined }), `${inRule}.from`],
  [ingress({ from: [{}] }), `${inRule}.from[0]`],
  [ingress({ from: [{ networks: ['10.0.0.0/8'] }] }), `${inRule}.from[0].networks`],
  [ingress({ protocols: [] }), `${inRule}.protocols`],
  [ingress({ protocols: [{ tcp: {} }] }), `${inRule}.protocols[0].tcp`],
  [ingress({ protocols: [{ destinationNamedPort: '' }] }), `${inRule}.protocols[0].destinationNamedPort`],
  [
    egress({ protocols: [{ udp: { destinationPort: { range: { start: 2, end: 2 } } } }] }),
    `${outRule}.protocols[0].udp.destinationPort.range`,
  ],
  [
    egress({ protocols: [{ tcp: { destinationPort: { number: 0 } } }] }),
    `${outRule}.protocols[0].tcp.destinationPort.number`,
  ],
  [
    egress({ protocols: [{ tcp: { destinationPort: { number: 1, range: { start: 1, end: 2 } } } }] }),
    `${outRule}.protocols[0].tcp.destinationPort`,
  ],
  [egress({ to: [{ networks: ['10.0.0.1'] }] }), `${outRule}.to[0].networks[0]`],
  [egress({ to: [{ networks: ['::ffff:10.0.0.0/104'] }] }), `${outRule}.to[0].networks[0]`],
  [egress({ to: [{ networks: ['::ffff:0:0/90'] }] }), `${outRule}.to[0].networks[0]`],
  [egress({ to: [{ networks: [] }] }), `${outRule}.to[0].networks`],
  [egress({ to: [{ nodes: { matchLabels: { 'a b': '' } } }] }), `${outRule}.to[0].nodes.matchLabels[a b]`],
  [egress({ to: [{ domainNames: ['a..b'] }] }), `${outRule}.to[0].domainNames[0]`],
  [egress({ action: 'Deny', to: [{ domainNames: ['a.example'] }] }), `${outRule}.to[0].domainNames`],
  [
    egress({ to: [{ networks: ['10.0.0.0/8'] }], protocols: [{ destinationNamedPort: 'http' }] }),
    `${outRule}.to[0].networks`,
  ],
])('%j is refused at %s', (input, path) => {
  const paths = issuePaths(input)
  // An unknown kind of peer leaves the peer without any field, which is an issue of its own.
  expect(paths.at(-1)).toBe(path)
  expect(paths.length).toBeLessThanOrEqual(path.endsWith('.networks') ? 2 : 1)
})
