import { expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const good = 'apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: good}\n'
const bad =
  'apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: bad, namespace: shop}\nspec:\n  ingress:\n    - action: Alow\n'
const broken = 'apiVersion: v1\nkind: [Pod\n'
const files = {
  'm/good.yaml': good,
  'm/bad.yaml': bad,
  'm/.hidden.yaml': bad,
  'm/sub/note.txt': 'x',
  'all.yaml': [good, broken, bad].join('---\n'),
}

test('what is valid is said, exit code 0', async () => {
  const { exitCode, out } = await margay(['validate', '-f', 'm/good.yaml'], { files })
  expect(exitCode).toBe(0)
  expect(out.split('\n')).toEqual([
    'PLACE           KIND   NAME   RESULT   WHY',
    'm/good.yaml:1   Tier   good   valid',
    '1 object, all valid',
    '',
  ])
})

test('an Installation needs no name: there is one', async () => {
  const stdin =
    'apiVersion: operator.tigera.io/v1\nkind: Installation\nspec:\n  calicoNetwork:\n    wireguard: Enabled\n'
  const { exitCode, out } = await margay(['validate', '-f', '-'], { stdin })
  expect(exitCode).toBe(0)
  expect(out).toMatch(/standard input:1 +Installation +default +valid\n1 object, all valid\n/)
})

test('for scripts, each object with its errors; exit code 1 for one that is invalid', async () => {
  const { exitCode, out } = await margay(['validate', '-f', 'm', '-o', 'json'], { files })
  expect(exitCode).toBe(1)
  expect(JSON.parse(out)).toEqual([
    {
      file: 'm/bad.yaml',
      line: 1,
      kind: 'NetworkPolicy',
      namespace: 'shop',
      name: 'bad',
      valid: false,
      errors: [
        { path: 'spec.ingress[0].action', message: expect.stringContaining('Allow, Deny, Log'), line: 6 },
      ],
      warnings: [],
    },
    { file: 'm/good.yaml', line: 1, kind: 'Tier', name: 'good', valid: true, errors: [], warnings: [] },
  ])
})

test('a document that can not be read hides none of those beside it', async () => {
  const { out } = await margay(['validate', '-f', 'all.yaml', '-o', 'json'], { files })
  expect(JSON.parse(out)).toMatchObject([
    { line: 1, name: 'good', valid: true },
    { line: expect.any(Number), kind: '', valid: false },
    { line: 8, name: 'bad', valid: false, errors: [{ line: 13 }] },
  ])
})

test('standard input, and a list as kubectl prints it', async () => {
  const stdin = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }],
  })
  const { exitCode, out } = await margay(['validate', '-f', '-', '-o', 'yaml'], { stdin })
  expect(exitCode).toBe(0)
  expect(out).toContain('file: standard input')
})

test('on a terminal, in colours; with NO_COLOR, without', async () => {
  const coloured = await margay(['validate', '-f', 'm/good.yaml'], { files, isTerminal: true })
  expect(coloured.out).toContain('\u001b[32mvalid\u001b[39m')
  const plain = await margay(['validate', '-f', 'm/good.yaml'], {
    files,
    isTerminal: true,
    env: { NO_COLOR: '1' },
  })
  expect(plain.out).not.toContain('\u001b')
})

test('what is legal and looks like a mistake is warned of as by the server; exit code 0', async () => {
  const head = 'apiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\n'
  const nobody = '{matchExpressions: [{key: a, operator: Exists}, {key: a, operator: DoesNotExist}]}'
  const baseline = `${head}metadata: {name: default}\nspec:\n  subject: {namespaces: ${nobody}}\n`
  const odd =
    'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: odd, namespace: shop}\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]\n  egress: [{}]\n'
  const { exitCode, out } = await margay(['validate', '-f', 'a.yaml', '-f', 'b.yaml'], {
    files: { 'a.yaml': baseline, 'b.yaml': odd },
  })
  expect(exitCode).toBe(0)
  expect(out).toMatch(/^a\.yaml:5 .* warning +spec\.subject\.namespaces: contradicts itself/m)
  expect(out).toMatch(/^b\.yaml:7 .* warning +spec\.egress: has no effect/m)
  expect(out).toContain('2 objects, all valid, 2 warnings\n')
  const data = await margay(['validate', '-f', 'b.yaml', '-o', 'json'], { files: { 'b.yaml': odd } })
  expect(JSON.parse(data.out)).toMatchObject([{ valid: true, warnings: [{ path: 'spec.egress', line: 7 }] }])
})
