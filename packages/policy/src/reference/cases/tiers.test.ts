/** Tiers: which take part, in which order, and what their end does. Source: spec/api.md 4, 7, I2 to I5, I7; docs/adr/0003. */
import { describe } from 'vitest'
import { allow, deny, globalPolicy, log, pass, policy, stagedPolicy, tier } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const toDb = 'shop/web > shop/db TCP 80'
const toWeb = 'shop/db > shop/web TCP 80'

const inTier = (name: string, ...ingress: object[]) =>
  globalPolicy(`${name}.p`, { tier: name, types: ['Ingress'], ingress })

describe('order of tiers', () => {
  testVerdicts([
    {
      name: 'a lower order is asked first',
      given: [
        tier('late', { order: 20 }),
        tier('soon', { order: 10 }),
        inTier('late', deny),
        inTier('soon', allow),
      ],
      allows: [toDb],
    },
    {
      name: 'tiers of equal order are asked by name',
      given: [
        tier('beta', { order: 10 }),
        tier('alpha', { order: 10 }),
        inTier('beta', allow),
        inTier('alpha', deny),
      ],
      denies: [toDb],
    },
    {
      name: 'orders may be fractions, negative and zero',
      given: [
        tier('zero', { order: 0 }),
        tier('minus', { order: -0.5 }),
        inTier('zero', deny),
        inTier('minus', allow),
      ],
      allows: [toDb],
    },
    {
      name: 'a tier without an order is where default is, and comes before it if its name does',
      given: [tier('a'), inTier('a', allow), policy('p', { ingress: [deny] })],
      allows: [toDb],
    },
    {
      name: 'a tier without an order is where default is, and comes after it if its name does',
      given: [tier('z'), inTier('z', deny), policy('p', { ingress: [allow] })],
      allows: [toDb],
    },
    {
      name: 'kube-admin comes before default, and kube-baseline after it',
      given: [
        inTier('kube-baseline', deny),
        policy('p', { ingress: [allow] }),
        inTier('kube-admin', { ...pass, protocol: 'TCP' }, deny),
      ],
      allows: [toDb],
      denies: ['shop/web > shop/db UDP 53'],
    },
    {
      name: 'a tier that nobody created comes after all others, whatever their orders',
      given: [tier('last', { order: 1e300, defaultAction: 'Allow' }), inTier('last'), inTier('ghost', deny)],
      allows: [toDb],
    },
    {
      name: 'tiers that nobody created are asked by name',
      given: [inTier('ghost-b', allow), inTier('ghost-a', deny)],
      denies: [toDb],
    },
  ])
})

describe('the end of a tier', () => {
  const nothing = { order: 10, ingress: [{ ...allow, protocol: 'UDP' }] }
  testVerdicts([
    {
      name: 'a tier denies what no rule decided',
      given: [policy('p', nothing)],
      allows: ['shop/web > shop/db UDP 53'],
      denies: [toDb],
    },
    {
      name: 'a policy that applies and has no rules isolates',
      given: [policy('p', { types: ['Ingress'] })],
      denies: [toDb, '203.0.113.9 > shop/db TCP 80'],
    },
    {
      name: 'a tier whose default action is Pass leaves what no rule decided to the next',
      given: [
        tier('first', { order: 1, defaultAction: 'Pass' }),
        inTier('first', { ...deny, protocol: 'UDP' }),
        policy('p', { ingress: [{ ...allow, destination: { ports: [80] }, protocol: 'TCP' }] }),
      ],
      allows: [toDb],
      denies: ['shop/web > shop/db UDP 53', 'shop/web > shop/db TCP 81'],
    },
    {
      name: 'a tier whose default action is Allow allows what no rule decided, and later tiers are not asked',
      given: [
        tier('open', { order: 1, defaultAction: 'Allow' }),
        inTier('open', { ...deny, protocol: 'UDP' }),
        policy('p', { ingress: [deny] }),
      ],
      allows: [toDb],
      denies: ['shop/web > shop/db UDP 53'],
    },
    {
      name: 'a tier that nobody created denies what no rule decided',
      given: [inTier('ghost', { ...allow, protocol: 'UDP' })],
      allows: ['shop/web > shop/db UDP 53'],
      denies: [toDb],
    },
    {
      name: 'a default tier that somebody wrote down is the same default tier',
      given: [tier('default', { order: 1_000_000, defaultAction: 'Deny' }), policy('p', nothing)],
      denies: [toDb],
    },
  ])
})

describe('which tiers take part', () => {
  const first = tier('first', { order: 1 })
  const selecting = (spec: object) => globalPolicy('first.p', { tier: 'first', ...spec })
  testVerdicts([
    {
      name: 'a tier none of whose policies selects the pod has no say',
      given: [first, selecting({ selector: "app == 'web'", types: ['Ingress'] })],
      allows: [toDb],
      denies: [toWeb],
    },
    {
      name: 'a tier none of whose policies governs the direction has no say',
      given: [first, selecting({ selector: "app == 'db'", types: ['Egress'] })],
      allows: [toDb],
      denies: [toWeb],
    },
    {
      name: 'a tier without policies has no say',
      given: [first],
      allows: [toDb],
    },
    {
      name: 'a tier all of whose policies are staged has no say, whatever its default action',
      given: [first, stagedPolicy('p', { tier: 'first', types: ['Ingress'], ingress: [deny] })],
      allows: [toDb],
    },
    {
      name: 'a staged policy beside an enforced one decides nothing',
      given: [
        stagedPolicy('a', { order: 1, ingress: [allow] }),
        policy('b', { order: 2, types: ['Ingress'] }),
      ],
      denies: [toDb],
    },
  ])
})

describe('actions of rules', () => {
  const second = globalPolicy('first.q', { tier: 'first', order: 9, types: ['Ingress'], ingress: [deny] })
  const first = (...ingress: object[]) =>
    globalPolicy('first.p', { tier: 'first', order: 1, types: ['Ingress'], ingress })
  const tiers = [tier('first', { order: 1 })]
  testVerdicts([
    {
      name: 'Allow ends the evaluation: neither later policies nor later tiers are asked',
      given: [...tiers, first(allow), second, policy('p', { ingress: [deny] })],
      allows: [toDb],
    },
    {
      name: 'Deny ends the evaluation',
      given: [...tiers, first(deny), policy('p', { ingress: [allow] })],
      denies: [toDb],
    },
    {
      name: 'Pass skips the rest of its tier, and its default action, and the next tier decides',
      given: [...tiers, first(pass, deny), second, policy('p', { ingress: [{ ...allow, protocol: 'TCP' }] })],
      allows: [toDb],
      denies: ['shop/web > shop/db UDP 53'],
    },
    {
      name: 'Pass in the last tier falls to the profile',
      given: [policy('p', { ingress: [pass, deny] })],
      allows: [toDb],
    },
    {
      name: 'Log decides nothing, and the rules after it are reached',
      given: [policy('p', { ingress: [log, { ...allow, protocol: 'TCP' }, log, deny] })],
      allows: [toDb],
      denies: ['shop/web > shop/db UDP 53'],
    },
    {
      name: 'Log alone leaves it to the end of the tier',
      given: [policy('p', { ingress: [log] })],
      denies: [toDb],
    },
    {
      name: 'the first rule that matches decides',
      given: [policy('p', { ingress: [{ ...deny, protocol: 'UDP' }, allow, deny] })],
      allows: [toDb],
      denies: ['shop/web > shop/db UDP 53'],
    },
  ])
})
