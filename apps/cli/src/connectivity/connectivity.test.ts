import { describe, expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const cluster = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-2, namespace: shop, labels: {app: web}}
status: {podIPs: [{ip: 10.0.0.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
status: {podIPs: [{ip: 10.0.0.3}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: app == 'db'
  types: [Ingress, Egress]
  ingress:
    - {action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [5432]}}
    - {action: Allow, protocol: UDP, source: {nets: [198.51.100.0/24]}}
`
const files = { 'c.yaml': cluster }
const ask = (...flags: string[]) => margay(['connectivity', '-f', 'c.yaml', ...flags], { files })

test('workloads that are alike share a line, and who has no line talks to nobody', async () => {
  const { exitCode, out } = await ask()
  expect(exitCode).toBe(0)
  expect(out.split('\n').map((line) => line.split(/ {3,}/))).toEqual([
    ['FROM', 'TO', 'CONNECTIONS'],
    ['198.51.100.0/24', 'shop/db', 'UDP'],
    ['outside (0.0.0.0/0)', 'shop/web, shop/web-2', 'everything'],
    ['shop/web, shop/web-2', 'outside (0.0.0.0/0)', 'everything but IPIP and UDP 4789'],
    ['shop/web, shop/web-2', 'shop/db', 'TCP 5432'],
    ['shop/web, shop/web-2', 'shop/web, shop/web-2', 'everything but IPIP and UDP 4789'],
    [''],
  ])
})

test('only those that are asked for', async () => {
  expect((await ask('--to', 'shop/db', '--from', 'shop')).out.split('\n')).toHaveLength(3)
  expect((await ask('--from', 'elsewhere')).out).toBe('nobody can talk to anybody\n')
})

describe('for scripts', () => {
  test('JSON', async () => {
    const { out } = await ask('--to', 'shop/db', '-o', 'json')
    expect(JSON.parse(out)).toEqual({
      connections: [
        {
          ipVersions: [4],
          from: { workloads: [], outside: ['198.51.100.0/24'] },
          to: { workloads: ['shop/db'], outside: [] },
          connections: [{ protocol: 'UDP' }],
          text: 'UDP',
        },
        {
          ipVersions: [4],
          from: { workloads: ['shop/web', 'shop/web-2'], outside: [] },
          to: { workloads: ['shop/db'], outside: [] },
          connections: [{ protocol: 'TCP', ports: ['5432'] }],
          text: 'TCP 5432',
        },
      ],
    })
  })

  test('CSV has a line for each pair', async () => {
    expect((await ask('--to', 'shop/db', '-o', 'csv')).out).toBe(
      'from,to,ip,connections\r\n198.51.100.0/24,shop/db,4,UDP\r\nshop/web,shop/db,4,TCP 5432\r\nshop/web-2,shop/db,4,TCP 5432\r\n',
    )
  })
})

describe('as pictures', () => {
  test('DOT', async () => {
    expect((await ask('--to', 'shop/db', '-o', 'dot')).out).toBe(
      [
        'digraph connectivity {',
        '  rankdir=LR;',
        '  node [shape=box];',
        '  n0 [label="198.51.100.0/24"];',
        '  n1 [label="shop/db"];',
        '  n2 [label="shop/web, shop/web-2"];',
        '  n0 -> n1 [label="UDP"];',
        '  n2 -> n1 [label="TCP 5432"];',
        '}',
        '',
      ].join('\n'),
    )
  })

  test('Mermaid', async () => {
    const { out } = await ask('--to', 'shop/db', '-o', 'mermaid')
    expect(out).toMatch(/^flowchart LR\n/)
    expect(out).toContain('n2 -->|"TCP 5432"| n1')
  })

  test('SVG names both ends and what passes', async () => {
    const { out } = await ask('--to', 'shop/db', '-o', 'svg')
    expect(out).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
    expect(out).toContain('<title>shop/web, shop/web-2 to shop/db: TCP 5432</title>')
  })
})
