/** Selectors of rules and policies. Numbers of rules: spec/api.md 2.1. */
import { globalPolicy, ingress, networkPolicy, profile, stagedGlobalPolicy } from '../examples.testkit.ts'
import { type RuleCases, rule, text } from './rule-cases.testkit.ts'

export const selectorRules: readonly RuleCases[] = [
  {
    rule: 42,
    says: 'the selector of a peer does not hold global()',
    accepts: [
      ingress({ source: { selector: "a == 'global'" } }),
      ingress({ source: { notSelector: 'global()', serviceAccounts: { selector: 'global()' } } }),
    ],
    rejects: [
      [ingress({ source: { selector: ' global( ) ' } }), `${rule}.source.selector`],
      [ingress({ source: { selector: 'global()' } }), `${rule}.source.selector`],
      [ingress({ source: { selector: "a == 'global('" } }), `${rule}.source.selector`],
    ],
  },
  {
    rule: 43,
    says: 'global() is a selector of namespaces on its own',
    accepts: [
      ingress({ source: { namespaceSelector: 'global()' } }),
      ingress({ source: { namespaceSelector: ' global( ) ' } }),
    ],
    rejects: ["global() || a == 'b'", '!global()', "a == 'global('", '(global())'].map(
      (namespaceSelector) =>
        [ingress({ source: { namespaceSelector } }), `${rule}.source.namespaceSelector`] as const,
    ),
  },
  {
    rule: 44,
    says: 'the selectors of a policy do not hold global()',
    accepts: [
      globalPolicy({ selector: 'all()', serviceAccountSelector: 'all()', namespaceSelector: 'all()' }),
    ],
    rejects: [
      [networkPolicy({ selector: "a == 'global('" }), 'spec.selector'],
      [stagedGlobalPolicy({ namespaceSelector: 'global() || all()' }), 'spec.namespaceSelector'],
      [networkPolicy({ selector: 'global()' }), 'spec.selector'],
      [networkPolicy({ serviceAccountSelector: 'global()' }), 'spec.serviceAccountSelector'],
      [globalPolicy({ namespaceSelector: 'global()' }), 'spec.namespaceSelector'],
    ],
  },
  {
    rule: 45,
    says: 'a selector can be read',
    accepts: [networkPolicy({ selector: 'has(a)' }), networkPolicy({ selector: '' })],
    rejects: [
      [networkPolicy({ selector: "a ==\n'b'" }), 'spec.selector'],
      [networkPolicy({ selector: 'has(a' }), 'spec.selector'],
      [networkPolicy({ serviceAccountSelector: 'a = "b"' }), 'spec.serviceAccountSelector'],
      [globalPolicy({ namespaceSelector: 'a == b' }), 'spec.namespaceSelector'],
      [ingress({ source: { selector: 'a in {"b"' } }), `${rule}.source.selector`],
      [ingress({ source: { notSelector: '&& a' } }), `${rule}.source.notSelector`],
      [ingress({ source: { namespaceSelector: 'has()' } }), `${rule}.source.namespaceSelector`],
    ],
  },
  {
    rule: 46,
    says: 'a selector has at most 1,024 characters',
    accepts: [
      networkPolicy({ selector: `a == "${'😀'.repeat(1024 - 7)}"` }),
      networkPolicy({ selector: text(1024) }),
      ingress({ source: { selector: text(1024) } }),
    ],
    rejects: [
      [networkPolicy({ selector: text(1025) }), 'spec.selector'],
      [stagedGlobalPolicy({ serviceAccountSelector: text(1025) }), 'spec.serviceAccountSelector'],
      [globalPolicy({ namespaceSelector: text(1025) }), 'spec.namespaceSelector'],
      [ingress({ source: { selector: text(1025) } }), `${rule}.source.selector`],
      [ingress({ destination: { namespaceSelector: text(1025) } }), `${rule}.destination.namespaceSelector`],
      [ingress({ source: { notSelector: text(1025) } }), `${rule}.source.notSelector`],
    ],
  },
  {
    rule: 66,
    says: 'service accounts are selected by a selector that can be read; a profile gives labels that can be labels',
    accepts: [
      profile({ labelsToApply: { 'example.org/role': 'x'.repeat(63), empty: '' } }),
      ingress({ source: { serviceAccounts: { selector: text(5000) } } }),
      ingress({ source: { serviceAccounts: { selector: 'has(a)', names: ['x'] } } }),
      ingress({ source: { serviceAccounts: {} } }),
    ],
    rejects: [
      [profile({ labelsToApply: { role: 'a!' } }), 'spec.labelsToApply.role'],
      [profile({ labelsToApply: { role: 'x'.repeat(64) } }), 'spec.labelsToApply.role'],
      [profile({ labelsToApply: { '.role': 'a' } }), 'spec.labelsToApply[.role]'],
      [
        ingress({ source: { serviceAccounts: { selector: 'has(' } } }),
        `${rule}.source.serviceAccounts.selector`,
      ],
      [
        ingress({ source: { serviceAccounts: { names: ['x', 'x'] } } }),
        `${rule}.source.serviceAccounts.names[1]`,
      ],
    ],
  },
]
