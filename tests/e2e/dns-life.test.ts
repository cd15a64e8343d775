/** DNS policy over time: names end, agents die and come back, pods ask for more than there is room for. Needs root; runs a lab of its own. */
import { readdirSync } from 'node:fs'
import type { FirstConnections } from '@margay/lab'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DnsLab } from './dns/dns-lab.ts'
import { eventually } from './support/eventually.ts'
import { margay } from './support/margay.ts'

let lab: DnsLab
/** Known for 300 s. */
const longLived = Array.from({ length: 10 }, (_, index) => `fixed-${60 + index}.test`)
const domains = ['rotate.test', '*.rotate.test', 'fixed-7.test', '*.many-30.test', ...longLived]

beforeAll(async () => {
  lab = await DnsLab.start('e2e-dns-life')
  await lab.allow('names', { domains }, 'fixed-7.test')
}, 120_000)
afterAll(async () => {
  expect(await lab?.close()).toEqual([])
})

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** An address that a name has now, for a second and what is added to it. */
async function freshAddress(pod: string): Promise<string> {
  const client = await lab.clientIn(pod)
  const { addresses } = await client.resolve(lab.question('rotate.test'))
  return addresses[0] ?? ''
}

test('an open connection outlives the entry, behind which no new one comes about', async () => {
  const client = await lab.clientIn('a1')
  const address = await freshAddress('a1')
  const from = lab.view.pod('team', 'a1')
  const request = { from, to: address, protocol: 'TCP', port: 443, timeoutMs: 2000 } as const
  const stream = await lab.view.openStream(request, { intervalMs: 20 })
  await sleep(8000)
  expect(await client.connects(address), 'within the floor').toBe(true)
  await eventually('the entry ends', async () => !(await client.connects(address)), 10_000)
  expect(await stream.waitForEchoes(100, 10_000)).toBe(true)
  expect(stream.close().state).toBe('closed')
})

describe('an agent that is killed under load', () => {
  let known: string

  beforeAll(async () => {
    const load = (await lab.clientIn('a2')).firstConnections(lab.question('load-#.rotate.test'), 400, {
      concurrency: 4,
      withinMs: 100,
    })
    await sleep(500)
    known = await freshAddress('a1')
    lab.agent('node-1').signal('SIGKILL')
    await lab.agent('node-1').ended
    const result = await load
    expect(result).toMatchObject({ tried: 400, unresolved: 0 })
  })

  test('leaves DNS as it was', async () => {
    const client = await lab.clientIn('a1')
    for (const by of ['udp', 'tcp'] as const) {
      const since = performance.now()
      for (let n = 0; n < 20; n++) {
        const { addresses } = await client.resolve(lab.question(`n${n}.rotate.test`, { by }))
        expect(addresses).toHaveLength(1)
      }
      expect(performance.now() - since).toBeLessThan(4000)
    }
  })

  test('leaves names that were known, and no others', async () => {
    const client = await lab.clientIn('a1')
    expect(await client.connects('100.64.0.7')).toBe(true)
    expect(await client.connects(known)).toBe(true)
    const question = lab.question('new-#.rotate.test')
    const result = await client.firstConnections(question, 20, { concurrency: 20 })
    expect(result).toMatchObject({ tried: 20, connected: 0, failed: 20, unresolved: 0 })
  })

  test('is followed by one that knows them: at no time one is denied', async () => {
    const client = await lab.clientIn('a1')
    let isBack = false
    const outcomes: boolean[] = []
    const tries = (async () => {
      while (!isBack) outcomes.push(await client.connects('100.64.0.7'), await client.connects(known))
    })()
    await lab.startAgent('node-1')
    await sleep(1000)
    isBack = true
    await tries
    expect(outcomes.length).toBeGreaterThan(20)
    expect(outcomes.filter((isConnected) => !isConnected)).toEqual([])
  })

  test('and learns on', async () => {
    const client = await lab.clientIn('a1')
    const result = await client.firstConnections(lab.question('after-#.rotate.test'), 100)
    expect(result.problems).toEqual([])
    expect(result.connected).toBe(100)
  })
})

/**
 * What the kernel holds for an agent when that dies is lost (nfqnl_flush drops it), as on a network that loses a packet: clients ask again,
 * as c-ares does here after 2 s.
 */
test('killed again and again, it never stops DNS, and never takes away what was known', async () => {
  const client = await lab.clientIn('a1')
  let isOver = false
  const failed: string[] = []
  const tries = (async () => {
    while (!isOver) {
      const { error } = await client.resolve(lab.question('fixed-7.test'))
      if (error !== undefined) failed.push(`not resolved: ${error}`)
      if (!(await client.connects('100.64.0.7'))) failed.push('not connected')
    }
  })()
  for (let time = 0; time < 3; time++) {
    lab.agent('node-1').signal('SIGKILL')
    await lab.agent('node-1').ended
    await lab.startAgent('node-1')
  }
  isOver = true
  await tries
  expect(failed).toEqual([])
})

test('the clean-up takes its tables away, and the next agent still knows what was known', async () => {
  expect(await lab.tablesNamed('node-1', 'margay-dns')).toContain('hook forward')
  await lab.agent('node-1').stop()
  expect(await lab.tablesNamed('node-1', 'margay-dns'), 'an agent that is stopped leaves them').not.toBe('')
  const { netns } = lab.view.node('node-1')
  const { exitCode, output } = await cleanUp(netns)
  expect(exitCode, output).toBe(0)
  expect(await lab.tablesNamed('node-1', 'margay-dns')).toBe('')
  await lab.startAgent('node-1')
  const client = await lab.clientIn('a1')
  expect(await client.connects('100.64.0.7')).toBe(true)
  expect(readdirSync(lab.stateOf('node-1'))).toContain('dns-cache.json')
})

async function cleanUp(netns: string) {
  const { exitCode, stdout, stderr } = await margay(['agent', 'cleanup', '--netns', netns])
  return { exitCode, output: `${stdout}${stderr}` }
}

describe('a pod that asks for more names than there is room for', () => {
  let during: FirstConnections

  beforeAll(async () => {
    for (const name of longLived) expect(await lab.tries('a1', name)).toBe('connected')
    const flooder = await lab.clientIn('a2')
    // Each answer has 30 records: some 70,000 in all, of names that policy names.
    const question = lab.question('flood-#.many-30.test', { by: 'udp' })
    const flood = flooder.answerTimes({ question, perSecond: 300, seconds: 8 })
    await sleep(4000)
    const other = await lab.clientIn('a1')
    during = await other.firstConnections(lab.question('during-#.rotate.test'), 50, { concurrency: 2 })
    const { sent, milliseconds } = await flood
    console.log(
      `${milliseconds.length} of ${sent} answered; meanwhile another pod: ${JSON.stringify(during)}`,
    )
  })

  test('takes away none of those that another pod needs', async () => {
    const client = await lab.clientIn('a1')
    const kept = longLived.map((_, index) => client.connects(`100.64.0.${60 + index}`))
    expect(await Promise.all(kept)).not.toContain(false)
  })

  test('takes from no other pod that its first connections succeed', () => {
    expect(during.problems).toEqual([])
    expect(during).toMatchObject({ tried: 50, connected: 50 })
  })
})
