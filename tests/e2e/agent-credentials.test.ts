/**
 * An agent with nothing but its own node's credentials: it enforces, says so on its node, and is seen to be gone when it dies.
 * Needs root; runs a lab of its own.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LabView, openLab } from '@margay/lab'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findKubectl, Kubectl } from '../../apps/server/src/testing/kubectl.ts'
import { eventually } from './support/eventually.ts'
import { leftoversOf } from './support/leftovers.ts'
import { type MargayProcess, margay, startMargay } from './support/margay.ts'

const name = 'e2e-credentials'
const directory = `/run/margay/labs/${name}.api`
let it: MargayProcess
let view: LabView
let home: string
let kubectl: Kubectl
let agent: MargayProcess | undefined

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'margay-e2e-'))
  const examples = ['--topology', 'examples/lab', '--policies', 'examples/policies']
  it = startMargay(['lab', '--name', name, ...examples, '--no-agents'])
  await it.printed(/The lab stays up until Ctrl-C/)
  view = await openLab(name)
  kubectl = new Kubectl(findKubectl() ?? 'kubectl', `${directory}/kubeconfig`, home)
}, 60_000)
afterAll(async () => {
  await agent?.stop()
  await view?.close()
  await it?.stop()
  rmSync(home, { recursive: true, force: true })
  expect(leftoversOf(name)).toEqual([])
})

/** While the server runs. */
async function issue(node: string, file: string): Promise<string> {
  const path = join(home, file)
  const { exitCode, stderr } = await margay([
    'kubeconfig',
    'node',
    node,
    '--data-dir',
    directory,
    '--out',
    path,
  ])
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining(`${path}: system:node:${node} at https://`)])
  return path
}

async function startAgent(kubeconfig: string): Promise<MargayProcess> {
  const { netns } = view.node('node-1')
  agent = startMargay(['agent', '--node', 'node-1', '--netns', netns, '--kubeconfig', kubeconfig])
  await agent.printed(/enforcing policy for 6 pods/)
  return agent
}

const condition = (field: string) =>
  kubectl.ok([
    'get',
    'node',
    'node-1',
    '-o',
    `jsonpath={.status.conditions[?(@.type=="MargayPolicyEnforced")].${field}}`,
  ])
const isDenied = async () => {
  const to = { to: '10.65.2.2', protocol: 'TCP', port: 5432, timeoutMs: 300 } as const
  return (await view.probe({ from: view.pod('shop', 'web'), ...to })).outcome === 'blocked'
}

test('with credentials of another node it enforces all the same, and can say nothing of its own', async () => {
  const foreign = await startAgent(await issue('node-2', 'foreign'))
  await foreign.printed(/status of this node: .*node "node-2" may write nothing of nodes but its own status/)
  await foreign.printed(/lease of this node: .*may write nothing in margay-system but its own lease/)
  expect(await isDenied()).toBe(true)
  expect(await condition('status')).toBe('')
  await foreign.stop()
})

test('with its own it enforces, and a person sees that it does', async () => {
  await startAgent(await issue('node-1', 'own'))
  expect(await isDenied()).toBe(true)
  await eventually('its condition is there', async () => (await condition('status')) === 'True')
  expect(await kubectl.ok(['get', 'nodes'])).toMatch(
    /^NAME +STATUS +ROLES +AGE +VERSION +POLICY\nnode-1 +Unknown +<none> .* Enforced\s*$/,
  )
  expect(await kubectl.ok(['describe', 'node', 'node-1'])).toMatch(
    /MargayPolicyEnforced +True .*PolicyEnforced +the kernel enforces policy/,
  )
  const lease = ['get', 'lease', 'node-1', '-n', 'margay-system']
  expect(await kubectl.ok([...lease, '-o', 'jsonpath={.spec.holderIdentity}'])).toBe('node-1')
  const revision = 'jsonpath={.metadata.annotations.margay\\.io/enforced-revision}'
  expect(await kubectl.ok([...lease, '-o', revision])).toMatch(/^\d+$/)
})

test('new credentials in its kubeconfig are taken over without a gap', { timeout: 120_000 }, async () => {
  copyFileSync(await issue('node-1', 'newer'), join(home, 'own'))
  await eventually('it connects anew', () => /kubeconfig has changed/.test(agent?.output ?? ''), 90_000)
  expect(await isDenied()).toBe(true)
  await kubectl.ok(['delete', 'globalnetworkpolicies.projectcalico.org', 'platform.payments-boundary'])
  await eventually('it goes on enforcing what changes', async () => {
    const to = { to: '10.65.2.1', protocol: 'TCP', port: 7443, timeoutMs: 300 } as const
    return (await view.probe({ from: view.pod('shop', 'web'), ...to })).outcome === 'reached'
  })
})

test('killed, it is seen to be gone, and back when it is', { timeout: 180_000 }, async () => {
  agent?.signal('SIGKILL')
  await agent?.ended
  await eventually('its node is Unknown', async () => (await condition('status')) === 'Unknown', 120_000)
  expect(await condition('reason')).toBe('AgentSilent')
  expect(await kubectl.ok(['get', 'nodes'])).toMatch(/\nnode-1 +Unknown +<none> .* Unknown\s*$/)
  await startAgent(join(home, 'own'))
  await eventually('it is back', async () => (await condition('status')) === 'True')
})
