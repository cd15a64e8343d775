import { expect, test } from 'vitest'
import { admit } from './admit.ts'
import {
  adminPolicy,
  assertion,
  baselinePolicy,
  clusterPolicy,
  core,
  felixConfiguration,
  globalNamedSet,
  globalNetworkSet,
  globalPolicy,
  hostEndpoint,
  installation,
  ipPool,
  kubernetesPolicy,
  networkPolicy,
  networkSet,
  pod,
  profile,
  stagedGlobalPolicy,
  stagedKubernetesPolicy,
  stagedPolicy,
  threatFeed,
  tier,
} from './examples.testkit.ts'
import { kindDefinitions } from './registry.ts'

function columns(input: unknown): Record<string, unknown> {
  const admission = admit(input)
  if (!admission.ok) throw new Error(JSON.stringify(admission.issues))
  const { kind, resource } = admission
  return Object.fromEntries(kind.printerColumns.map(({ name, value }) => [name, value(resource)]))
}

const rbac = (kind: string, fields: object) => ({
  ...core(kind, kind.startsWith('Cluster') ? { name: 'a' } : { name: 'a', namespace: 'n' }),
  apiVersion: 'rbac.authorization.k8s.io/v1',
  ...fields,
})
const bound = (kind: string) => ({
  roleRef: { kind, name: 'r' },
  subjects: [
    { kind: 'User', name: 'u' },
    { kind: 'Group', name: 'g' },
    { kind: 'ServiceAccount', name: 's', namespace: 'n' },
  ],
})
const boundColumns = { Users: 'u', Groups: 'g', ServiceAccounts: 'n/s' }

const cases: readonly (readonly [
  input: { kind: string; apiVersion: string; [field: string]: unknown },
  columns: object,
])[] = [
  [core('Namespace', { name: 'a' }), { Status: 'Active' }],
  [
    core(
      'Node',
      { name: 'a' },
      {
        spec: { unschedulable: true },
        status: {
          conditions: [
            { type: 'Ready', status: 'True' },
            { type: 'MargayPolicyEnforced', status: 'False' },
          ],
          addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
          nodeInfo: { kubeletVersion: 'v1.33.0' },
        },
      },
    ),
    {
      Status: 'Ready,SchedulingDisabled',
      Roles: '<none>',
      Version: 'v1.33.0',
      Policy: 'NotEnforced',
      'Internal-IP': '10.0.0.1',
      'External-IP': '<none>',
      'OS-Image': '<unknown>',
    },
  ],
  [rbac('Role', {}), { 'Created At': null }],
  [rbac('ClusterRole', {}), { 'Created At': null }],
  [rbac('RoleBinding', bound('Role')), { Role: 'Role/r', ...boundColumns }],
  [rbac('ClusterRoleBinding', bound('ClusterRole')), { Role: 'ClusterRole/r', ...boundColumns }],
  [core('Secret', { name: 'a', namespace: 'n' }, { stringData: { a: '1' } }), { Type: 'Opaque', Data: 1 }],
  [core('ServiceAccount', { name: 'a' }), { Secrets: 0 }],
  [
    pod(
      { containers: [{ name: 'a' }, { name: 'b' }], nodeName: 'n' },
      {
        phase: 'Running',
        podIP: '10.0.0.1',
        containerStatuses: [{ name: 'a', ready: true, restartCount: 2 }],
      },
    ),
    { Ready: '1/2', Status: 'Running', Restarts: 2, IP: '10.0.0.1', Node: 'n' },
  ],
  [
    core(
      'Service',
      { name: 'a', namespace: 'n' },
      { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
    ),
    {
      Type: 'ClusterIP',
      'Cluster-IP': '<none>',
      'External-IP': '<none>',
      'Port(s)': '80/TCP',
      Selector: 'app=web',
    },
  ],
  [
    core('ConfigMap', { name: 'a', namespace: 'n' }, { data: { a: '1' }, binaryData: { b: 'MQ==' } }),
    { Data: 2 },
  ],
  [
    core(
      'Event',
      { name: 'a', namespace: 'n' },
      {
        involvedObject: { kind: 'Pod', name: 'web', namespace: 'n' },
        reason: 'Started',
        type: 'Normal',
        message: 'ok',
        lastTimestamp: '2026-01-02T03:04:05Z',
      },
    ),
    {
      'Last Seen': '2026-01-02T03:04:05Z',
      Type: 'Normal',
      Reason: 'Started',
      Object: 'pod/web',
      Message: 'ok',
    },
  ],
  [
    {
      ...core('EndpointSlice', { name: 'a', namespace: 'n' }),
      apiVersion: 'discovery.k8s.io/v1',
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }],
      ports: [{ port: 80 }],
    },
    { AddressType: 'IPv4', Ports: '80', Endpoints: '10.0.0.1,10.0.0.2' },
  ],
  [
    {
      ...core('Lease', { name: 'a', namespace: 'n' }),
      apiVersion: 'coordination.k8s.io/v1',
      spec: { holderIdentity: 'me', renewTime: '2026-01-02T03:04:05.000000Z' },
    },
    { Holder: 'me', Renewed: '2026-01-02T03:04:05.000000Z' },
  ],
  [
    kubernetesPolicy({
      podSelector: {
        matchLabels: { b: 'c', a: 'd' },
        matchExpressions: [
          { key: 'x', operator: 'In', values: ['1', '2'] },
          { key: 'y', operator: 'NotIn', values: ['3'] },
          { key: 'z', operator: 'Exists' },
          { key: 'w', operator: 'DoesNotExist' },
        ],
      },
    }),
    { 'Pod-Selector': 'a=d,b=c,x in (1,2),y notin (3),z,!w', Types: 'Ingress' },
  ],
  [tier('sec', {}), { Order: 1_000_000, 'Default Action': 'Deny' }],
  [networkSet(['10.0.0.1', '10.0.0.2']), { Nets: 2, Domains: 0 }],
  [globalNetworkSet([]), { Nets: 0, Domains: 0 }],
  [globalNamedSet(['example.com', '*.example.com']), { Nets: 0, Domains: 2 }],
  [
    threatFeed({ pull: { http: { url: 'https://feeds.example.com/list' } } }),
    {
      Content: 'IPSet',
      Mode: 'Enabled',
      Entries: null,
      Synced: null,
      Errors: '',
      Rejected: null,
      Period: '24h',
    },
  ],
  [
    {
      ...threatFeed({ content: 'DomainNameSet' }),
      status: {
        entries: 7,
        rejectedEntries: 1,
        lastSuccessfulSync: '2026-01-02T03:04:05Z',
        errorConditions: ['PullFailed', 'EntriesRejected'].map((type) => ({ type, message: 'why' })),
      },
    },
    { Content: 'DomainNameSet', Entries: 7, Errors: 'PullFailed,EntriesRejected', Rejected: 1, Nets: null },
  ],
  [networkPolicy({ order: 5 }), { Tier: 'default', Order: 5, Selector: 'all()', Types: 'Ingress' }],
  [
    globalPolicy({ selector: 'has(a)', namespaceSelector: 'has(b)', types: ['Ingress', 'Egress'] }),
    { Order: null, Selector: 'has(a)', 'Namespace-Selector': 'has(b)', Types: 'Ingress,Egress' },
  ],
  [stagedPolicy({ stagedAction: 'Delete' }), { Action: 'Delete', Types: null }],
  [stagedGlobalPolicy({}), { Action: 'Set', Types: 'Ingress' }],
  [stagedKubernetesPolicy({}), { Action: 'Set', 'Pod-Selector': '<none>', Types: 'Ingress' }],
  [
    hostEndpoint({ expectedIPs: ['10.0.0.1', 'fd00::1'], profiles: ['a'] }),
    { Node: 'node-1', Interface: 'eth0', IPs: '10.0.0.1,fd00::1', Profiles: 'a' },
  ],
  [profile({ labelsToApply: { a: 'b' } }), { Labels: 1 }],
  [
    ipPool({ natOutgoing: true, vxlanMode: 'CrossSubnet' }),
    {
      CIDR: '10.0.0.0/16',
      NAT: 'true',
      IPIP: 'Never',
      VXLAN: 'CrossSubnet',
      Disabled: 'false',
      'Block-Size': 26,
      Encryption: 'Enabled',
    },
  ],
  [installation({ calicoNetwork: { wireguard: 'Enabled' } }), { Name: 'default', WireGuard: 'Enabled' }],
  [felixConfiguration({ nodeSelector: 'has(gpu)' }, 'gpu'), { 'Node-Selector': 'has(gpu)' }],
  [clusterPolicy({}), { Tier: 'Admin', Priority: 10, Subject: '* / *' }],
  [
    clusterPolicy({
      subject: {
        pods: {
          namespaceSelector: { matchLabels: { env: 'prod' } },
          podSelector: { matchLabels: { app: 'web' } },
        },
      },
    }),
    { Subject: 'env=prod / app=web' },
  ],
  [adminPolicy({}), { Priority: 10, Subject: '* / *' }],
  [baselinePolicy({}), { Subject: '* / *' }],
  [
    assertion({}),
    { Require: 'never', From: '*', To: '*', Ports: '*', Mode: 'Audit', Holds: null, Description: null },
  ],
  [
    assertion({
      from: { namespaceSelector: 'has(a)', selector: 'has(b)' },
      to: { nets: ['10.0.0.0/8', 'fd00::/8'] },
      ports: [{ protocol: 'TCP', port: '80:90' }, { protocol: 17, port: 53 }, { protocol: 47 }],
      description: 'why',
    }),
    {
      From: 'namespaces has(a) / has(b)',
      To: '10.0.0.0/8,fd00::/8',
      Ports: 'TCP/80:90,UDP/53,47',
      Description: 'why',
    },
  ],
]

test.each(cases)('the columns of %j', (input, wanted) => expect(columns(input)).toMatchObject(wanted))

test('every kind has a case', () => {
  const name = ({ apiVersion, kind }: { apiVersion: string; kind: string }) => `${apiVersion} ${kind}`
  expect([...new Set(cases.map(([input]) => name(input)))].sort()).toEqual(kindDefinitions.map(name).sort())
})

const headings = (wanted: string) => {
  const { printerColumns = [] } = kindDefinitions.find(({ kind }) => kind === wanted) ?? {}
  const names = (priority: number) =>
    printerColumns.flatMap((column) => (column.priority <= priority ? [column.name.toUpperCase()] : []))
  return { usual: names(0).join(' '), wide: names(1).join(' ') }
}

/** In the order of kube-apiserver, wide ones behind the age. */
test.each([
  ['Pod', 'NAME READY STATUS RESTARTS AGE', 'NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE'],
  [
    'Node',
    'NAME STATUS ROLES AGE VERSION POLICY',
    'NAME STATUS ROLES AGE VERSION POLICY INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME',
  ],
  [
    'Service',
    'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE',
    'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR',
  ],
  [
    'Event',
    'LAST SEEN TYPE REASON OBJECT MESSAGE',
    'LAST SEEN TYPE REASON OBJECT SUBOBJECT SOURCE MESSAGE FIRST SEEN COUNT NAME',
  ],
  ['ClusterRole', 'NAME CREATED AT', 'NAME CREATED AT'],
  ['RoleBinding', 'NAME ROLE AGE', 'NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS'],
  [
    'GlobalNetworkPolicy',
    'NAME TIER ORDER SELECTOR NAMESPACE-SELECTOR TYPES AGE',
    'NAME TIER ORDER SELECTOR NAMESPACE-SELECTOR TYPES AGE SERVICE-ACCOUNT-SELECTOR',
  ],
  [
    'NetworkAssertion',
    'NAME REQUIRE FROM TO PORTS MODE HOLDS AGE',
    'NAME REQUIRE FROM TO PORTS MODE HOLDS AGE DESCRIPTION',
  ],
])('the headings of %s', (kind, usual, wide) => expect(headings(kind)).toEqual({ usual, wide }))
