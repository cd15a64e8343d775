/** HTTP criteria of a rule. Numbers of rules: spec/api.md 2.1. */
import { egress, globalIngress, globalPolicy, ingress, stagedPolicy } from '../examples.testkit.ts'
import { many, out, type RuleCases, rule } from './rule-cases.testkit.ts'

export const httpRules: readonly RuleCases[] = [
  {
    rule: 26,
    says: 'HTTP runs over TCP',
    accepts: [undefined, 'TCP', 6].map((protocol) => ingress({ protocol, http: { methods: ['GET'] } })),
    rejects: [[ingress({ protocol: 'UDP', http: { methods: ['GET'] } }), `${rule}.protocol`]],
  },
  {
    rule: 27,
    says: 'only a rule that allows looks at HTTP',
    accepts: [ingress({ action: 'Allow', http: {} })],
    rejects: ['Deny', 'Log', 'Pass'].map(
      (action) => [ingress({ action, http: {} }), `${rule}.http`] as const,
    ),
  },
  {
    rule: 28,
    says: 'only ingress rules look at HTTP',
    accepts: [globalIngress({ http: { methods: ['GET'] } })],
    rejects: [
      [egress({ http: { methods: ['GET'] } }), `${out}.http`],
      [globalPolicy({ egress: [{ action: 'Allow', http: {} }] }), `${out}.http`],
      [stagedPolicy({ egress: [{ action: 'Allow', http: {} }] }), `${out}.http`],
    ],
  },
  {
    rule: 29,
    says: 'an HTTP method stands in a list once',
    accepts: [ingress({ http: { methods: ['GET', 'get', 'X-OWN'] } })],
    rejects: [[ingress({ http: { methods: ['GET', 'GET'] } }), `${rule}.http.methods[1]`]],
  },
  {
    rule: 30,
    says: 'an HTTP path is either exact or a prefix',
    accepts: [ingress({ http: { paths: [{ prefix: '/a' }, { exact: '/b' }] } })],
    rejects: [{}, { exact: '/a', prefix: '/a' }, { exact: '' }].map(
      (path) => [ingress({ http: { paths: [path] } }), `${rule}.http.paths[0]`] as const,
    ),
  },
  {
    rule: 31,
    says: 'an HTTP path begins with a slash and has no query',
    accepts: [ingress({ http: { paths: [{ exact: '/' }, { prefix: '/a/b-c_d' }] } })],
    rejects: ['a', '/a?x', '/a b', '/a#b'].map(
      (exact) => [ingress({ http: { paths: [{ exact }] } }), `${rule}.http.paths[0]`] as const,
    ),
  },
  {
    rule: 32,
    says: 'HTTP methods and paths are few and short',
    accepts: [
      ingress({ http: { methods: many(20, (i) => `M${i}`), paths: many(20, (i) => ({ exact: `/${i}` })) } }),
      ingress({ http: { paths: [{ exact: `/${'a'.repeat(1023)}` }] } }),
    ],
    rejects: [
      [ingress({ http: { methods: many(21, (i) => `M${i}`) } }), `${rule}.http.methods`],
      [ingress({ http: { paths: many(21, (i) => ({ exact: `/${i}` })) } }), `${rule}.http.paths`],
      [ingress({ http: { paths: [{ prefix: `/${'a'.repeat(1024)}` }] } }), `${rule}.http.paths[0].prefix`],
    ],
  },
]
