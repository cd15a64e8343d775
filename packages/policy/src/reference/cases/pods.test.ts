/** Which pods policy knows, and under which addresses. Source: spec/api.md 5.4. */
import { allow, namespace, pod, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

/** Isolates every pod of the namespace `new`, and lets its pods labelled `app: ok` in. */
const closed = policy(
  'p',
  { types: ['Ingress'], ingress: [{ ...allow, source: { selector: "app == 'ok'" } }] },
  'new',
)
const target = pod('new', 'target', { ips: ['10.0.9.1', 'fd00::9:1'] })
const base = [namespace('new'), closed, target]
const labels = { app: 'ok' }
const subject = (fields: Parameters<typeof pod>[2]) => [
  ...base,
  pod('new', 'p', { ips: ['10.0.9.2'], labels, ...fields }),
]
const from = '10.0.9.2 > new/target TCP 80'
const to = '203.0.113.9 > 10.0.9.2 TCP 80'

testVerdicts([
  {
    name: 'a pod is known by all its addresses',
    given: subject({ ips: ['10.0.9.2', '10.0.9.3', 'fd00::9:2'] }),
    allows: [from, '10.0.9.3 > new/target TCP 80', 'fd00::9:2 > fd00::9:1 TCP 80'],
    denies: [
      to,
      '203.0.113.9 > 10.0.9.3 TCP 80',
      '2001:db8::1 > fd00::9:2 TCP 80',
      '10.0.9.4 > new/target TCP 80',
    ],
  },
  {
    name: 'a pod on the network of its node is not a pod to policy',
    given: subject({ spec: { hostNetwork: true } }),
    allows: [to],
    denies: [from],
  },
  ...['Succeeded', 'Failed'].map((phase) => ({
    name: `a pod that has ${phase.toLowerCase()} has no address any more`,
    given: subject({ status: { phase, podIPs: [{ ip: '10.0.9.2' }] } }),
    allows: [to],
    denies: [from],
  })),
  {
    name: 'a pod that is being deleted keeps its policy',
    given: subject({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    allows: [from],
    denies: [to],
  },
  {
    name: 'a pod that is being deleted keeps its policy until its address is released',
    given: subject({
      metadata: {
        deletionTimestamp: '2026-01-01T00:00:00Z',
        annotations: { 'cni.projectcalico.org/podIP': '' },
      },
    }),
    allows: [to],
    denies: [from],
  },
  {
    name: 'an empty annotation means nothing while the pod is not being deleted',
    given: subject({ metadata: { annotations: { 'cni.projectcalico.org/podIP': '' } } }),
    allows: [from],
    denies: [to],
  },
  {
    name: 'a pod that is pending but has an address has policy',
    given: subject({ status: { phase: 'Pending', podIPs: [{ ip: '10.0.9.2' }] } }),
    allows: [from],
    denies: [to],
  },
  {
    name: 'an address stands in status.podIP too',
    given: subject({ status: { phase: 'Running', podIP: '10.0.9.2', podIPs: [] } }),
    allows: [from],
    denies: [to],
  },
  {
    name: 'an address stands in the annotations of the network plugin before it stands in the status',
    given: subject({
      status: { phase: 'Pending', podIPs: [] },
      metadata: { annotations: { 'cni.projectcalico.org/podIPs': '10.0.9.2/32,fd00::9:2/128' } },
    }),
    allows: [from, 'fd00::9:2 > fd00::9:1 TCP 80'],
    denies: [to],
  },
  {
    name: 'the status counts more than annotations',
    given: subject({ metadata: { annotations: { 'cni.projectcalico.org/podIP': '10.0.9.3/32' } } }),
    allows: [from],
    denies: ['10.0.9.3 > new/target TCP 80'],
  },
  {
    name: 'a pod without an address is still judged by its labels',
    given: subject({ ips: [] }),
    allows: ['new/p > new/target TCP 80'],
    denies: ['shop/web > new/p TCP 80'],
  },
  {
    name: 'a pod without an address is in no net',
    given: [
      namespace('new'),
      target,
      pod('new', 'p', {}),
      policy('p', { ingress: [{ ...allow, source: { nets: ['0.0.0.0/0'] } }] }, 'new'),
    ],
    denies: ['new/p > new/target TCP 80'],
  },
  {
    name: 'a pod that is not on a node yet has policy',
    given: subject({ spec: { nodeName: '' } }),
    allows: [from],
    denies: [to],
  },
])
