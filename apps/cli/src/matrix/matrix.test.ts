import { expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const pod = (name: string, address: string, ports: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
spec: {containers: [{name: c, ports: [${ports}]}]}
status: {podIPs: [{ip: ${address}}]}
`
const policy = `
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  selector: app == 'api'
  ingress: [{action: Allow, protocol: TCP, destination: {ports: [80]}}]
`
const files = {
  'lab.yaml': [
    pod('api', '10.0.0.1', '{containerPort: 80, name: http}, {containerPort: 53, name: dns, protocol: UDP}'),
    pod('web', '10.0.0.2', '{containerPort: 8080, name: http}'),
    policy,
  ].join('---'),
}

test('of manifests: who reaches whom at which port, and what blocks the rest', async () => {
  const { exitCode, out } = await margay(['matrix', '-f', 'lab.yaml'], { files })
  expect(exitCode).toBe(0)
  expect(out).toBe(`FROM \\ TO   shop/api   shop/web
shop/api    .          all
shop/web    tcp/80     .

FROM       TO         PORT     BLOCKED BY
shop/web   shop/api   udp/53   Ingress of shop/api: tier default, np:shop/api end of tier: Deny
`)
})

test('for scripts, one object for each connection', async () => {
  const { out } = await margay(['matrix', '-f', 'lab.yaml', '-o', 'json'], { files })
  expect(JSON.parse(out)).toContainEqual({
    from: 'shop/web',
    to: 'shop/api',
    port: 'udp/53',
    ipVersion: 4,
    verdict: 'Deny',
    blockedBy: 'Ingress of shop/api: tier default, np:shop/api end of tier: Deny',
  })
})

test('a port without a name, a sidecar and a workload without addresses count too', async () => {
  const api = `
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop}
spec:
  initContainers:
    - {name: setup, ports: [{containerPort: 1}]}
    - {name: mesh, restartPolicy: Always, ports: [{containerPort: 15001}]}
  containers: [{name: c, ports: [{containerPort: 80}, {containerPort: 80, name: http}, {containerPort: 9, protocol: SCTP}]}]
status: {podIPs: [{ip: 10.0.0.1}]}
`
  const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}
`
  const { out } = await margay(['matrix', '-f', 'lab.yaml', '-o', 'json'], {
    files: { 'lab.yaml': [api, web].join('---') },
  })
  const rows = JSON.parse(out).map((row: Record<string, unknown>) => [
    row.from,
    row.to,
    row.port,
    row.verdict,
  ])
  expect(rows).toEqual([
    ['shop/api', 'shop/web', 'tcp/8080', 'Allow'],
    ['shop/web', 'shop/api', 'tcp/80', 'Allow'],
    ['shop/web', 'shop/api', 'tcp/15001', 'Allow'],
  ])
})
