/** Sets of addresses. Numbers of rules: spec/api.md 2.1. */
import { globalNetworkSet, networkSet } from '../examples.testkit.ts'
import type { RuleCases } from './rule-cases.testkit.ts'

export const setRules: readonly RuleCases[] = [
  {
    rule: 67,
    says: 'nobody labels a set with a namespace',
    accepts: [networkSet([], { env: 'x' }), globalNetworkSet([], { env: 'x' })],
    rejects: [networkSet, globalNetworkSet].map(
      (set) =>
        [
          set([], { 'projectcalico.org/namespace': 'x' }),
          'metadata.labels[projectcalico.org/namespace]',
        ] as const,
    ),
  },
  {
    rule: 68,
    says: 'a set holds CIDRs and addresses, each once',
    accepts: [networkSet(['10.0.0.1', '10.1.0.0/8', 'fd00::1']), globalNetworkSet(['::/0', '0.0.0.0/0'])],
    rejects: [
      [networkSet(['10.0.0.1', 'foo']), 'spec.nets[1]'],
      [globalNetworkSet(['10.0.0.0/33']), 'spec.nets[0]'],
      [networkSet(['']), 'spec.nets[0]'],
      [networkSet(['fe80::1%eth0']), 'spec.nets[0]'],
      [globalNetworkSet(['10.0.0.1', '10.0.0.1']), 'spec.nets[1]'],
    ],
  },
]
