/** What decides when no tier did, and which policies never reach a pod. Source: spec/api.md 5.2, I6 to I8, I12, I15, I24, I26. */
import {
  allow,
  deny,
  globalPolicy,
  namespace,
  pass,
  pod,
  policy,
  stagedGlobalPolicy,
} from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const toDb = 'shop/web > shop/db TCP 80'
const toWeb = 'shop/db > shop/web TCP 80'
const lost = pod('lost', 'child', { ips: ['10.0.9.1'] })

testVerdicts([
  {
    name: 'a pod that no policy selects is open in both directions',
    given: [policy('p', { selector: "app == 'nobody'", types: ['Ingress', 'Egress'] })],
    allows: [toDb, toWeb, 'shop/db > 203.0.113.9 UDP 53', '203.0.113.9 > shop/db TCP 80'],
  },
  {
    name: 'a pod whose namespace does not exist is closed in both directions',
    given: [lost],
    denies: ['lost/child > shop/db TCP 80', 'shop/web > lost/child TCP 80'],
  },
  {
    name: 'Pass does not open a pod whose namespace does not exist',
    given: [lost, globalPolicy('p', { types: ['Ingress', 'Egress'], ingress: [pass], egress: [pass] })],
    allows: [toDb],
    denies: ['lost/child > shop/db TCP 80', 'shop/web > lost/child TCP 80'],
  },
  {
    name: 'policy decides before the profile, so that it can open a pod whose namespace does not exist',
    given: [lost, globalPolicy('p', { types: ['Ingress', 'Egress'], ingress: [allow], egress: [allow] })],
    allows: ['lost/child > shop/db TCP 80', 'shop/web > lost/child TCP 80'],
  },
  {
    name: 'a pod whose service account does not exist is open if its namespace exists',
    given: [namespace('new'), pod('new', 'p', { ips: ['10.0.9.1'], spec: { serviceAccountName: 'nobody' } })],
    allows: ['new/p > shop/db TCP 80', 'shop/web > new/p TCP 80'],
  },
  {
    name: 'a policy with doNotTrack has no effect on pods',
    given: [
      globalPolicy('p', {
        doNotTrack: true,
        applyOnForward: true,
        types: ['Ingress', 'Egress'],
        ingress: [deny],
      }),
    ],
    allows: [toDb, toWeb],
  },
  {
    name: 'a policy with preDNAT has no effect on pods',
    given: [globalPolicy('p', { preDNAT: true, applyOnForward: true, ingress: [deny] })],
    allows: [toDb, toWeb],
  },
  {
    name: 'a policy with applyOnForward alone applies to pods as any other',
    given: [globalPolicy('p', { applyOnForward: true, ingress: [{ ...deny, protocol: 'TCP' }, allow] })],
    allows: ['shop/web > shop/db UDP 53'],
    denies: [toDb],
  },
  {
    name: 'performance hints change nothing',
    given: [globalPolicy('p', { performanceHints: ['AssumeNeededOnEveryNode'], selector: "app == 'db'" })],
    allows: [toWeb],
    denies: [toDb],
  },
  {
    name: 'a staged global policy is not enforced',
    given: [stagedGlobalPolicy('p', { types: ['Ingress', 'Egress'] })],
    allows: [toDb],
  },
  {
    name: 'of a rule with http the rest is enforced',
    given: [
      policy('p', {
        ingress: [{ ...allow, protocol: 'TCP', destination: { ports: [80] }, http: { methods: ['GET'] } }],
      }),
    ],
    allows: [toDb],
    denies: ['shop/web > shop/db TCP 81'],
  },
])
