/**
 * The agent may be killed and started again at any moment, while policy changes: no denied packet gets through, no allowed
 * connection breaks. Real packets all the time, new connections and open ones, TCP and UDP, IPv4 and IPv6. Needs root.
 *
 * MARGAY_RESTARTS=N restarts it more often than in CI.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, parseKubeconfig } from '@margay/client'
import { type LabView, openLab, type ProbeRequest } from '@margay/lab'
import { findKind, type ResourceObject } from '@margay/resources'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { leftoversOf } from './support/leftovers.ts'
import { type MargayProcess, startMargay } from './support/margay.ts'

const name = 'e2e-window'
const restarts = Number(process.env.MARGAY_RESTARTS ?? 10)
const kubeconfig = `/run/margay/labs/${name}.api/kubeconfig`
/** All that an agent is given. */
const nodeKubeconfig = `/run/margay/labs/${name}.api/node-1.kubeconfig`

const scratch = mkdtempSync(join(tmpdir(), 'margay-e2e-'))
let it: MargayProcess
let view: LabView
let client: ApiClient
let agent: MargayProcess | undefined

beforeAll(async () => {
  it = startMargay([
    'lab',
    '--name',
    name,
    '--topology',
    'examples/lab',
    '--policies',
    'examples/policies',
    '--no-agents',
  ])
  await it.printed(/The lab stays up until Ctrl-C/)
  view = await openLab(name)
  client = new ApiClient(
    parseKubeconfig(readFileSync(kubeconfig, 'utf8'), {
      path: kubeconfig,
      readFile: (path) => readFileSync(path, 'utf8'),
    }),
  )
  await startAgent()
})
afterEach(async () => {
  if (agent === undefined) await startAgent()
})
afterAll(async () => {
  await client?.close()
  await view?.close()
  await agent?.stop()
  await it?.stop()
  rmSync(scratch, { recursive: true, force: true })
  expect(leftoversOf(name)).toEqual([])
})

async function startAgent(): Promise<void> {
  const netns = view.node('node-1').netns
  agent = startMargay(['agent', '--node', 'node-1', '--netns', netns, '--kubeconfig', nodeKubeconfig])
  await agent.printed(/enforcing policy for 6 pods/)
}

async function killAgent(): Promise<void> {
  const killed = agent
  agent = undefined
  killed?.signal('SIGKILL')
  await killed?.ended
}

const web = () => view.pod('shop', 'web')

/** From shop/web: denied by the platform's tier, and by the end of tier default. */
const denied = (): ProbeRequest[] => [
  { from: web(), to: '10.65.2.2', protocol: 'TCP', port: 5432, timeoutMs: 300 },
  { from: web(), to: 'fd65::2:2', protocol: 'TCP', port: 5432, timeoutMs: 300 },
  { from: web(), to: '10.65.2.1', protocol: 'TCP', port: 7443, timeoutMs: 300 },
  { from: web(), to: '10.65.1.2', protocol: 'TCP', port: 9100, timeoutMs: 300 },
  { from: view.pod('payments', 'db'), to: '10.65.3.1', protocol: 'TCP', port: 9090, timeoutMs: 300 },
  { from: view.pod('payments', 'db'), to: '10.65.1.1', protocol: 'UDP', port: 53, timeoutMs: 300 },
]

/** A late packet on a busy machine is no blocked one: these get all the time they want. */
const allowed = (): ProbeRequest[] => [
  { from: web(), to: '10.65.1.2', protocol: 'TCP', port: 3000, timeoutMs: 10_000 },
  { from: web(), to: 'fd65::1:2', protocol: 'TCP', port: 3000, timeoutMs: 10_000 },
  { from: web(), to: '10.65.3.1', protocol: 'UDP', port: 5514, timeoutMs: 10_000 },
  { from: view.pod('payments', 'ledger'), to: 'fd65::2:2', protocol: 'TCP', port: 5432, timeoutMs: 10_000 },
]

const ratePerSecond = 50

/** Runs `work` under all streams, and tells what they saw. */
async function underProbes(work: () => Promise<void>) {
  const open = [
    view.openStream({ from: web(), to: '10.65.1.2', protocol: 'TCP', port: 3000 }),
    view.openStream({ from: web(), to: 'fd65::1:2', protocol: 'TCP', port: 3000 }),
    view.openStream({ from: web(), to: '10.65.3.1', protocol: 'UDP', port: 5514 }),
  ]
  const streams = await Promise.all(open)
  for (const stream of streams) expect(await stream.waitForEchoes(3, 5000)).toBe(true)
  const closed = denied().map((request) => view.openAttempts(request, { ratePerSecond }))
  const passing = allowed().map((request) => view.openAttempts(request, { ratePerSecond }))
  await work()
  const finalDenied = await Promise.all(closed.map((attempts) => attempts.close()))
  const finalAllowed = await Promise.all(passing.map((attempts) => attempts.close()))
  const counters = streams.map((stream) => stream.counters)
  const alive = await Promise.all(streams.map((stream) => stream.waitForEchoes(3, 5000)))
  await Promise.all(streams.map((stream) => stream.close()))
  return { denied: finalDenied, allowed: finalAllowed, counters, alive }
}

function expectNoWindow({ denied, allowed, counters, alive }: Awaited<ReturnType<typeof underProbes>>): void {
  for (const { attempted, reached, errors } of denied) {
    expect({ reached, errors }).toEqual({ reached: 0, errors: 0 })
    expect(attempted).toBeGreaterThan(10)
  }
  for (const { attempted, reached } of allowed) {
    expect(reached).toBe(attempted)
    expect(attempted).toBeGreaterThan(10)
  }
  expect(counters.map(({ state }) => state)).toEqual(['open', 'open', 'open'])
  expect(alive).toEqual([true, true, true])
  const tried = [...denied, ...allowed].reduce((sum, { attempted }) => sum + attempted, 0)
  console.log(
    `${tried} attempts; longest gap of an open connection ${Math.max(...counters.map(({ longestGapMs }) => longestGapMs)).toFixed(0)} ms`,
  )
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const kindOf = (object: ResourceObject) => {
  const kind = findKind(object.apiVersion, object.kind)
  if (kind === undefined) throw new Error(`unknown kind ${object.kind}`)
  return kind
}

function policy(policyName: string, spec: object): ResourceObject {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: policyName },
    spec,
  }
}

const apply = (object: ResourceObject) => client.apply(kindOf(object), object)
const remove = (object: ResourceObject) => client.delete(kindOf(object), { name: object.metadata.name })

/** Changes that leave every verdict as it is: a policy comes, changes and goes, and a tier moves. */
async function churnUntil(stopped: () => boolean): Promise<number> {
  let changes = 0
  for (; !stopped(); changes++) {
    const port = 10_000 + (changes % 100)
    await apply(
      policy('churn', {
        order: changes % 7,
        selector: 'all()',
        types: ['Ingress'],
        ingress: [{ action: 'Pass', protocol: 'TCP', destination: { ports: [port] } }, { action: 'Pass' }],
        tier: 'churn',
      }),
    )
    await apply({
      apiVersion: 'projectcalico.org/v3',
      kind: 'Tier',
      metadata: { name: 'churn' },
      spec: { order: changes % 2 === 0 ? 1 : 5000, defaultAction: 'Pass' },
    })
    if (changes % 5 === 4) await remove(policy('churn', {}))
    await pause(15)
  }
  return changes
}

describe('no denied packet gets through and no allowed connection breaks', () => {
  test('while the agent is killed and started again', async () => {
    expectNoWindow(
      await underProbes(async () => {
        for (let n = 0; n < restarts; n++) {
          await killAgent()
          await pause(Math.random() * 100)
          await startAgent()
        }
      }),
    )
  })

  test('while policy changes all the time, and the agent is killed in the middle of it', async () => {
    await apply({
      apiVersion: 'projectcalico.org/v3',
      kind: 'Tier',
      metadata: { name: 'churn' },
      spec: { order: 1, defaultAction: 'Pass' },
    })
    let isOver = false
    let changes = 0
    expectNoWindow(
      await underProbes(async () => {
        const churning = churnUntil(() => isOver)
        for (let n = 0; n < restarts; n++) {
          await pause(Math.random() * 300)
          await killAgent()
          await startAgent()
        }
        isOver = true
        changes = await churning
      }),
    )
    expect(changes).toBeGreaterThan(restarts)
  })

  test('while no agent runs at all', async () => {
    await killAgent()
    expectNoWindow(await underProbes(() => pause(1500)))
  })
})

describe('an agent that was away', () => {
  const close = policy('close-api', {
    tier: 'platform',
    order: 1,
    selector: "app == 'api'",
    types: ['Ingress'],
    ingress: [{ action: 'Deny', source: { selector: "app == 'web'" } }, { action: 'Pass' }],
  })
  const toApi = (): ProbeRequest => ({
    from: web(),
    to: '10.65.1.2',
    protocol: 'TCP',
    port: 3000,
    timeoutMs: 200,
  })
  const outcome = async () => (await view.probe(toApi())).outcome

  test('enforces what changed meanwhile as soon as it is back', async () => {
    await killAgent()
    await apply(close)
    expect(await outcome()).toBe('reached')
    await startAgent()
    expect(await outcome()).toBe('blocked')
    await remove(close)
    await eventually('it is open again', async () => (await outcome()) === 'reached')
  })

  test('that starts while the server is away leaves the kernel alone, and goes on when it is back', async () => {
    await killAgent()
    const netns = view.node('node-1').netns
    const ruleset = async () =>
      (await view.runInNode(view.node('node-1'), 'nft', ['-s', 'list', 'table', 'inet', 'margay'])).stdout
    const before = await ruleset()
    const lost = readFileSync(nodeKubeconfig, 'utf8').replace(/server: .*/, 'server: https://127.0.0.1:1')
    const path = join(scratch, 'lost')
    writeFileSync(path, lost, { mode: 0o600 })
    const waiting = startMargay(['agent', '--node', 'node-1', '--netns', netns, '--kubeconfig', path])
    await waiting.printed(/127\.0\.0\.1:1/)
    await pause(500)
    expect(await ruleset()).toBe(before)
    await waiting.stop()
  })

  test('finds its table deleted by somebody, and makes it again at once, without any change of policy', async () => {
    await apply(close)
    await eventually('it is enforced', async () => (await outcome()) === 'blocked')
    await view.runInNode(view.node('node-1'), 'nft', ['delete', 'table', 'inet', 'margay'])
    await agent?.printed(/nft \(process \d+\) changed our tables; they are mended/)
    await eventually('it is enforced again', async () => (await outcome()) === 'blocked')
    await remove(close)
    await eventually('it is open again', async () => (await outcome()) === 'reached')
    expect((await view.probeAll(denied())).map((result) => result.outcome)).toEqual(
      denied().map(() => 'blocked'),
    )
  })
})
