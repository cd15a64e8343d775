/**
 * The main job, as a newcomer runs it: `./start`, `margay lab`, the real kubectl, and real packets between pods.
 *
 * Needs root, and makes nothing but labs with names of its own (and the demo's).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LabView, openLab, type ProbeRequest } from '@margay/lab'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findKubectl, Kubectl } from '../../apps/server/src/testing/kubectl.ts'
import { eventually } from './support/eventually.ts'
import { leftoversOf } from './support/leftovers.ts'
import {
  commandLineOf,
  descendantsOf,
  isRunning,
  MargayProcess,
  margay,
  root,
  startMargay,
} from './support/margay.ts'

const running: MargayProcess[] = []
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop()
})

const examples = ['--topology', 'examples/lab', '--policies', 'examples/policies']
const up = /The lab stays up until Ctrl-C/

function lab(name: string, ...args: readonly string[]): MargayProcess {
  const started = startMargay(['lab', '--name', name, ...examples, ...args])
  running.push(started)
  return started
}

function start(...args: readonly string[]): MargayProcess {
  const started = new MargayProcess(join(root, 'start'), args)
  running.push(started)
  return started
}

describe('./start --once', () => {
  test('shows who reaches whom before and after, and why not, and leaves nothing behind', async () => {
    const { exitCode, stdout, stderr } = await start('--once').ended
    expect(stderr).not.toContain('policy says')
    expect(exitCode).toBe(0)
    const [before = '', after = ''] = stdout.split('Who reaches whom with them')
    expect(before).toMatch(/shop\/web +all +all +all +all +all +\./)
    expect(after).toMatch(/shop\/web +all +all +- +- +tcp\/3000 +\./)
    expect(after).toContain(
      'Ingress of payments/db: tier platform, gnp:platform.payments-boundary rule 4: Deny',
    )
    expect(after).toContain('Ingress of shop/api: tier default, np:shop/api end of tier: Deny')
    expect(leftoversOf('demo')).toEqual([])
  })

  test.each([
    ['while it makes pods', /making 6 pods/],
    ['while it starts the server', /starting the API server/],
    ['while it starts the agent', /starting the agent/],
    ['when it is up', up],
  ])('works again after a kill -9 %s', async (_when, line) => {
    const killed = start()
    await killed.printed(line)
    const children = descendantsOf(killed.pid)
    killed.signal('SIGKILL')
    await killed.ended
    await eventually('its children end with it', () => children.every((pid) => !isRunning(pid)))
    const again = await start('--once').ended
    expect(again.stderr).not.toContain('error')
    expect(again.exitCode).toBe(0)
    expect(leftoversOf('demo')).toEqual([])
  })
})

describe('a lab that is up', () => {
  test.each([
    ['Ctrl-C', (it: MargayProcess) => it.signalGroup('SIGINT')],
    ['SIGINT to it alone', (it: MargayProcess) => it.signal('SIGINT')],
    ['SIGTERM', (it: MargayProcess) => it.signal('SIGTERM')],
  ])('takes everything away at %s', async (_name, stop) => {
    const it = lab('e2e-stop')
    await it.printed(up)
    expect(leftoversOf('e2e-stop').length).toBeGreaterThan(8)
    stop(it)
    expect(await it.ended).toMatchObject({ exitCode: 0 })
    expect(leftoversOf('e2e-stop')).toEqual([])
  })

  test('keeps its name to itself, and lets others run beside it', async () => {
    const first = lab('e2e-first')
    await first.printed(up)
    const refused = await lab('e2e-first', '--once').ended
    expect(refused.exitCode).toBe(3)
    expect(refused.stderr.trim().split('\n').at(-1)).toMatch(/^error: lab "e2e-first" .*process \d+/)
    const beside = await lab('e2e-second', '--once').ended
    expect(beside.exitCode).toBe(0)
    expect(leftoversOf('e2e-second')).toEqual([])
    const matrix = await margay(['matrix', '--lab', 'e2e-first', '-o', 'json'])
    expect(matrix.exitCode).toBe(0)
  })

  test('ends when its agent does, rather than run on without anybody who enforces', async () => {
    const it = lab('e2e-agentless')
    await it.printed(up)
    const [agent] = descendantsOf(it.pid).filter((pid) => isAgent(pid))
    process.kill(agent ?? 0, 'SIGKILL')
    const { exitCode, stderr } = await it.ended
    expect(exitCode).toBe(3)
    expect(stderr).toContain('error: margay agent ended')
    expect(leftoversOf('e2e-agentless')).toEqual([])
  })
})

function isAgent(pid: number): boolean {
  return commandLineOf(pid).includes(' agent ')
}

describe('while it is up, in a second terminal', () => {
  const name = 'e2e-live'
  let it: MargayProcess
  let view: LabView
  let kubectl: Kubectl
  let home: string

  beforeAll(async () => {
    it = startMargay(['lab', '--name', name, '--topology', 'examples/lab'])
    await it.printed(up)
    view = await openLab(name)
    home = mkdtempSync(join(tmpdir(), 'margay-e2e-'))
    kubectl = new Kubectl(findKubectl() ?? 'kubectl', `/run/margay/labs/${name}.api/kubeconfig`, home)
  })
  afterAll(async () => {
    await view.close()
    await it.stop()
    rmSync(home, { recursive: true, force: true })
    expect(leftoversOf(name)).toEqual([])
  })

  const request = (to: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): ProbeRequest => ({
    from: view.pod('shop', 'web'),
    to,
    protocol,
    port,
    timeoutMs: 150,
  })

  /** Milliseconds until the kernel does so, for all of them. */
  async function kernelDoes(
    outcome: 'reached' | 'blocked',
    requests: readonly ProbeRequest[],
  ): Promise<number> {
    const startedAt = performance.now()
    await eventually(
      `every probe is ${outcome}`,
      async () => (await view.probeAll(requests)).every((result) => result.outcome === outcome),
      5000,
    )
    return performance.now() - startedAt
  }

  const deny = `
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: deny-web, namespace: shop}
spec:
  selector: app == 'api'
  types: [Ingress]
  ingress: [{action: Deny, source: {selector: app == 'web'}}]
`
  const kubernetes = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {matchLabels: {app: api}}, policyTypes: [Ingress]}
`
  const global = `
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: no-syslog}
spec:
  namespaceSelector: projectcalico.org/name == 'ops'
  types: [Ingress]
  ingress: [{action: Deny, protocol: UDP, destination: {ports: [syslog]}}, {action: Allow}]
`

  test.each([
    ['a NetworkPolicy of projectcalico.org/v3', deny, 3000, 'TCP', ['10.65.1.2', 'fd65::1:2']],
    ['a NetworkPolicy of Kubernetes', kubernetes, 3000, 'TCP', ['10.65.1.2', 'fd65::1:2']],
    ['a GlobalNetworkPolicy', global, 5514, 'UDP', ['10.65.3.1', 'fd65::3:1']],
  ] as const)(
    '%s that kubectl applies and deletes is in the kernel within a moment',
    async (what, manifest, port, protocol, addresses) => {
      const requests = addresses.map((address) => request(address, port, protocol))
      await kernelDoes('reached', requests)
      await kubectl.apply(manifest)
      const closedAfter = await kernelDoes('blocked', requests)
      const matrix = await margay(['matrix', '--lab', name])
      expect(matrix.exitCode).toBe(0)
      expect(matrix.stdout).toContain('BLOCKED BY')
      await kubectl.ok(['delete', '-f', '-'], manifest)
      const openAfter = await kernelDoes('reached', requests)
      console.log(
        `${what}: closed after ${closedAfter.toFixed(0)} ms, open again after ${openAfter.toFixed(0)} ms`,
      )
    },
  )

  test('kubectl get -w sees what margay writes, and margay what kubectl writes', async () => {
    const kubeconfig = ['--kubeconfig', `/run/margay/labs/${name}.api/kubeconfig`]
    const watch = new MargayProcess(kubectl.path, [
      'get',
      'networkpolicies.projectcalico.org',
      '-n',
      'shop',
      '-w',
      '-o',
      'name',
      ...kubeconfig,
    ])
    running.push(watch)
    const applied = await margay(['apply', '-f', '-', ...kubeconfig], { input: deny })
    expect(applied.stdout).toBe('networkpolicy.projectcalico.org/deny-web created\n')
    await watch.printed(/networkpolicy.projectcalico.org\/deny-web/)
    const got = await margay(['get', 'networkpolicies.projectcalico.org', '-n', 'shop', ...kubeconfig])
    expect(got.stdout).toContain('deny-web')
    const deleted = await margay([
      'delete',
      'networkpolicies.projectcalico.org',
      'deny-web',
      '-n',
      'shop',
      ...kubeconfig,
    ])
    expect(deleted.exitCode).toBe(0)
    expect(
      (await kubectl.run(['get', 'networkpolicies.projectcalico.org', 'deny-web', '-n', 'shop'])).stderr,
    ).toContain('NotFound')
  })
})
