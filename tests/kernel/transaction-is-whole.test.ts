/**
 * An agent that is killed while it hands a transaction over leaves the table as it was or as it should be, never a part of it.
 *
 * Found so: through a pipe, nft committed the 2,819 of 20,000 rules that it had got when the agent was killed. Needs root.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NftCommand } from '@margay/agent'
import { tableName } from '@margay/dataplane'
import { createLab, type Lab, type LabNode } from '@margay/lab'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Their text is several times what a pipe holds. */
const ruleCount = 5_000
/** The kill comes while nft has not begun to read: at this moment a pipe holds the beginning, and the rest dies with the agent. */
const nftBeginsAfterMs = 500
const killAfterMs = 250
const script = join(import.meta.dirname, 'apply-many-rules.ts')

const scratch = mkdtempSync(join(tmpdir(), 'margay-whole-'))
let lab: Lab
let node: LabNode
beforeAll(async () => {
  writeFileSync(join(scratch, 'nft'), slowNft, { mode: 0o755 })
  lab = await createLab({ name: `whole${process.pid}`, stateDirectory: scratch })
  node = await lab.addNode('node-1')
})
afterAll(async () => {
  await lab?.close()
  rmSync(scratch, { recursive: true, force: true })
})

const slowNft = `#!/bin/sh
sleep ${nftBeginsAfterMs / 1000}
PATH=\${PATH#*${delimiter}}
exec nft "$@"
`

const asItWas = `
add table ${tableName}
delete table ${tableName}
add table ${tableName}
add chain ${tableName} old
add rule ${tableName} old drop
`

async function killWhileItApplies(): Promise<void> {
  const child = spawn(process.execPath, [script, node.netns, String(ruleCount)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: [scratch, process.env.PATH].join(delimiter) },
  })
  await once(child.stdout, 'data')
  await sleep(killAfterMs)
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** How many rules there are once the nft that outlived its agent is done, or after a while in which nothing happened. */
async function rulesAfterwards(): Promise<number> {
  for (let looks = 0; ; looks++) {
    const { stdout } = await lab.runInNode(node, 'nft', ['list', 'table', ...tableName.split(' ')])
    const rules = stdout.match(/^\t\t(drop|counter)/gm)?.length ?? 0
    if (rules !== 1 || looks === 20) return rules
    await sleep(200)
  }
}

test('killed before nft has read a large transaction', async () => {
  await new NftCommand(node.netns).apply(asItWas)
  await killWhileItApplies()
  expect([1, ruleCount]).toContain(await rulesAfterwards())
})
