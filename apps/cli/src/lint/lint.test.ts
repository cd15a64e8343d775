import { expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const files = {
  'c.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: app == 'web'
  ingress:
    - {action: Allow, protocol: TCP, destination: {ports: ["80:90"]}}
    - {action: Deny, protocol: TCP, destination: {ports: [85]}}
    - {action: Allow, source: {selector: app == 'wbe'}}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: nobody, namespace: shop}
spec: {selector: app == 'none', ingress: [{action: Allow}]}
`,
}
const lint = (...flags: string[]) => margay(['lint', '-f', 'c.yaml', ...flags], { files })

test('each finding has its place, its proof and its name', async () => {
  const { exitCode, out } = await lint()
  expect(exitCode).toBe(1)
  expect(out.split('\n')).toEqual([
    'c.yaml:14: warning: np:shop/web spec.ingress[1] never decides: all that it matches is decided before by np:shop/web rule 0: Allow [rule-shadowed]',
    'c.yaml:15: note: np:shop/web spec.ingress[2] matches no packet between those that there are [rule-matches-nobody]',
    'c.yaml:17: note: np:shop/nobody applies to nobody: no workload and no host endpoint is selected [policy-selects-nobody]',
    '',
  ])
})

test('checks can be skipped; without a finding the exit code is 0', async () => {
  const skipped = ['rule-shadowed', 'rule-matches-nobody', 'policy-selects-nobody']
  expect(await lint('--skip', ...skipped)).toEqual({ exitCode: 0, out: 'nothing is said in vain\n', err: '' })
  expect(await lint('--skip', 'rule')).toMatchObject({ exitCode: 2 })
})

test('SARIF says what and where', async () => {
  const { runs } = JSON.parse((await lint('-o', 'sarif')).out)
  expect(runs[0].results[0]).toEqual({
    ruleId: 'rule-shadowed',
    level: 'warning',
    message: {
      text: 'np:shop/web spec.ingress[1]: never decides: all that it matches is decided before by np:shop/web rule 0: Allow',
    },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: 'c.yaml' }, region: { startLine: 14 } },
        logicalLocations: [{ fullyQualifiedName: 'np:shop/web spec.ingress[1]' }],
      },
    ],
  })
  const ids = runs[0].tool.driver.rules.map(({ id }: { id: string }) => id)
  expect(ids).toContain('egress-to-everywhere')
})
