/** Both ends are judged, each in its direction; types say which a policy governs. Source: spec/api.md I1, I3, I9 to I11. */
import { describe } from 'vitest'
import { allow, deny, globalPolicy, kubernetesPolicy, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const toDb = 'shop/web > shop/db TCP 80'
const toWeb = 'shop/db > shop/web TCP 80'
const ofDb = { selector: "app == 'db'" }

describe('the two ends', () => {
  testVerdicts([
    {
      name: 'the egress of the source and the ingress of the destination must both allow',
      given: [
        policy('out', {
          selector: "app == 'web'",
          egress: [{ ...allow, protocol: 'TCP', destination: { ports: ['80:81'] } }],
        }),
        policy('in', { ...ofDb, ingress: [{ ...allow, protocol: 'TCP', destination: { ports: [80, 82] } }] }),
      ],
      allows: [toDb, toWeb],
      denies: ['shop/web > shop/db TCP 81', 'shop/web > shop/db TCP 82', 'shop/web > bank/teller TCP 82'],
    },
    {
      name: 'an end outside of the cluster is not judged',
      given: [policy('p', { ...ofDb, types: ['Ingress'] })],
      allows: ['shop/db > 203.0.113.9 TCP 80'],
      denies: ['203.0.113.9 > shop/db TCP 80'],
    },
    {
      name: 'a packet that no pod sends or gets is allowed',
      given: [globalPolicy('p', { types: ['Ingress', 'Egress'] })],
      allows: ['203.0.113.9 > 203.0.113.10 TCP 80'],
    },
    {
      name: 'a pod that talks to itself is not judged',
      given: [policy('p', { types: ['Ingress', 'Egress'] })],
      allows: ['shop/db > shop/db TCP 80', '10.0.0.2 > shop/db TCP 80'],
      denies: [toDb],
    },
    {
      name: 'source is the side that opens the connection, in egress rules too',
      given: [
        policy('p', {
          types: ['Egress'],
          egress: [{ ...allow, source: ofDb, destination: { selector: "app == 'web'" } }],
        }),
      ],
      allows: [toWeb],
      denies: [toDb],
    },
  ])
})

describe('types', () => {
  const rule = [allow]
  const none = { ...ofDb, order: 1 }
  testVerdicts([
    {
      name: 'without types, a policy without egress rules governs ingress, even if it has no rules at all',
      given: [policy('p', none)],
      allows: [toWeb],
      denies: [toDb],
    },
    {
      name: 'without types, a policy with egress rules only governs egress only',
      given: [policy('p', { ...none, egress: [deny] })],
      allows: [toDb],
      denies: [toWeb],
    },
    {
      name: 'without types, a policy with rules of both directions governs both',
      given: [policy('p', { ...none, ingress: [deny], egress: [deny] })],
      denies: [toDb, toWeb],
    },
    {
      name: 'without types, an empty list of egress rules counts as none',
      given: [policy('p', { ...none, ingress: rule, egress: [] })],
      allows: [toDb, toWeb],
    },
    {
      name: 'without types, an empty list of ingress rules counts as none',
      given: [policy('p', { ...none, ingress: [], egress: rule })],
      allows: [toDb, toWeb],
    },
    {
      name: 'rules of a direction that types leave out have no effect',
      given: [policy('p', { ...none, types: ['Ingress'], ingress: rule, egress: [deny] })],
      allows: [toDb, toWeb],
    },
    {
      name: 'a direction in types without rules isolates',
      given: [policy('p', { ...none, types: ['Ingress', 'Egress'], ingress: rule })],
      allows: [toDb],
      denies: [toWeb],
    },
    {
      name: 'a Kubernetes policy without policyTypes governs ingress',
      given: [kubernetesPolicy('p', { podSelector: { matchLabels: { app: 'db' } } })],
      allows: [toWeb],
      denies: [toDb],
    },
    {
      name: 'a Kubernetes policy without policyTypes governs both if it has egress rules',
      given: [
        kubernetesPolicy('p', {
          podSelector: { matchLabels: { app: 'db' } },
          egress: [{ ports: [{ port: 80 }] }],
        }),
      ],
      allows: [toWeb],
      denies: [toDb, 'shop/db > shop/web TCP 81'],
    },
    {
      name: 'a Kubernetes policy governs the directions of its policyTypes only',
      given: [
        kubernetesPolicy('p', {
          podSelector: { matchLabels: { app: 'db' } },
          policyTypes: ['Egress'],
          ingress: [{ ports: [{ port: 81 }] }],
        }),
      ],
      allows: [toDb],
      denies: [toWeb],
    },
  ])
})
