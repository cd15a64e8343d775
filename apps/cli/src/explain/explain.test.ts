import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { margay } from '../testing/fake-io.ts'

const cluster = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: main}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: job, namespace: ops}
spec: {template: {metadata: {labels: {app: job}}, spec: {containers: [{name: main}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}
`
const policies = `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: app == 'db'
  ingress:
    - action: Allow
      protocol: TCP
      source: {selector: app == 'web'}
      destination: {ports: [5432]}
    - action: Allow
      protocol: TCP
      source: {selector: role == 'reader'}
      destination: {ports: [1]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: ops}
spec: {podSelector: {}, policyTypes: [Egress]}
---
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: {name: db, namespace: shop}
spec: {selector: app == 'db', types: [Ingress]}
`
const files = { 'cluster.yaml': cluster, 'policies.yaml': policies }
const explain = (...flags: string[]) =>
  margay(['explain', '-f', 'cluster.yaml', '-f', 'policies.yaml', ...flags], { files })
const data = async (...flags: string[]) => JSON.parse((await explain(...flags, '-o', 'json')).out)

describe('as text', () => {
  test('what was asked, why it did not decide, where it is written, and what would change it', async () => {
    const { exitCode, out } = await explain('--from', 'shop/web', '--to', 'shop/db', '--port', '80/tcp')
    expect(exitCode).toBe(1)
    expect(out).toBe(`Deny  shop/web to shop/db, TCP 80

Egress of shop/web: Allow
  no policy governs its egress
  profile kns.shop: Allow

Ingress of shop/db: Deny
  tier default
    np:shop/db  policies.yaml:1
      rule 0 Allow: destination port 80 is not 5432  policies.yaml:7
      rule 1 Allow: source shop/web is not role == "reader" in namespace shop; destination port 80 is not 1  policies.yaml:11
    no rule matched: end of tier: Deny

If the staged policies were enforced: Deny

  Egress of shop/web: Allow
    no policy governs its egress
    profile kns.shop: Allow

  Ingress of shop/db: Deny
    tier default
      snp:shop/db  policies.yaml:21
        no rules
      no rule matched: end of tier: Deny

What would allow it, the smallest first:
  1. add a rule to NetworkPolicy shop/db: changes no other connection at this port
       # kubectl patch networkpolicies.projectcalico.org db -n shop --type json --patch-file FILE  (policies.yaml:1)
       - op: add
         path: /spec/ingress/2
         value:
           action: Allow
           protocol: TCP
           source:
             selector: app == 'web'
           destination:
             ports:
               - 80
  2. add NetworkPolicy shop/allow-web-db-tcp-80: changes no other connection at this port
       # kubectl apply -f FILE
       apiVersion: projectcalico.org/v3
       kind: NetworkPolicy
       metadata:
         name: allow-web-db-tcp-80
         namespace: shop
       spec:
         tier: default
         selector: app == 'db'
         types:
           - Ingress
         ingress:
           - action: Allow
             protocol: TCP
             source:
               selector: app == 'web'
             destination:
               ports:
                 - 80
`)
  }, 30_000)

  test('the rule that decided, and exit code 0 for what is allowed', async () => {
    const { exitCode, out } = await explain('--from', 'shop/web', '--to', 'svc/shop/db', '--port', '80')
    expect(exitCode).toBe(0)
    expect(out).toContain('Allow  shop/web to shop/db:5432, TCP 5432 (svc/shop/db port 80)\n')
    expect(out).toContain('      rule 0 matched: Allow  policies.yaml:7\n')
    expect(out).toContain('What would deny it, the smallest first:')
  })
})

describe('as data', () => {
  test('both sides are told, also the ingress of what egress denied', async () => {
    const { verdict, connections } = await data('--from', 'ops/job', '--to', 'shop/db', '--port', '5432')
    expect(verdict).toBe('Deny')
    const [{ egress, ingress, changes }] = connections
    expect([egress.verdict, ingress.verdict]).toEqual(['Deny', 'Deny'])
    expect(egress.tiers[0].policies[0]).toMatchObject({
      policy: 'knp:ops/closed',
      file: 'policies.yaml',
      line: 16,
      rules: [],
    })
    expect(ingress.tiers[0].policies[0].rules[0].failed).toEqual([
      { field: 'source.selector', message: expect.stringContaining('source ops/job is not') },
    ])
    expect(changes[0].steps.map((it: { summary: string }) => it.summary)).toEqual([
      'add a rule to NetworkPolicy ops/closed',
      'add a rule to NetworkPolicy shop/db',
    ])
    expect(changes[0].steps[0].patch).toEqual([
      {
        op: 'add',
        path: '/spec/egress',
        value: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
                podSelector: { matchLabels: { app: 'db' } },
              },
            ],
            ports: [{ protocol: 'TCP', port: 5432 }],
          },
        ],
      },
    ])
  })

  test('a label of a workload is one of its template', async () => {
    const { connections } = await data('--from', 'shop/web', '--to', 'shop/db', '--port', '1')
    const steps = connections[0].changes.flatMap((it: { steps: object[] }) => it.steps)
    expect(steps).toContainEqual(
      expect.objectContaining({
        kind: 'AddLabel',
        object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' },
        patch: [{ op: 'add', path: '/metadata/labels/role', value: 'reader' }],
        file: 'cluster.yaml',
        line: 1,
      }),
    )
  })

  test('yaml says the same as json', async () => {
    const flags = ['--from', 'shop/web', '--to', 'shop/db', '--port', '80']
    expect(parse((await explain(...flags, '-o', 'yaml')).out)).toEqual(await data(...flags))
  })

  test('--staged explains what would be', async () => {
    const { verdict, connections } = await data(
      '--from',
      'shop/web',
      '--to',
      'shop/db',
      '--port',
      '5432',
      '--staged',
    )
    expect(verdict).toBe('Deny')
    expect(connections[0].ingress.tiers[0].policies[0]).toMatchObject({ policy: 'snp:shop/db', line: 21 })
    expect(connections[0].changes[0].steps[0]).toMatchObject({
      summary: 'add a rule to StagedNetworkPolicy shop/db',
      patch: [{ op: 'add', path: '/spec/ingress' }],
    })
  })

  test('a set of addresses is explained once for each verdict', async () => {
    const { verdict, connections } = await data('--from', '10.0.0.0/24', '--to', 'shop/db', '--port', '5432')
    expect(verdict).toBe('Mixed')
    expect(connections.map((it: { verdict: string; from: string }) => [it.from, it.verdict])).toEqual([
      ['10.0.0.0/24 except 10.0.0.1/32', 'Deny'],
      ['10.0.0.1/32 (shop/web)', 'Allow'],
    ])
  })
})

test('both ends must be given', async () => {
  expect(await explain('--from', 'shop/web')).toMatchObject({
    exitCode: 2,
    err: 'error: give --from and --to\n',
  })
})
