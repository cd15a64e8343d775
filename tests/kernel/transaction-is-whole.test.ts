/**
 * An agent that is killed while it commits leaves the table as it was or as it should be, never a part of it.
 *
 * Found when batches went through a pipe to nft: it committed the 2,819 of 20,000 rules that it had got when the agent was
 * killed. Needs root.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLab, type Lab, type LabNode } from '@margay/lab'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ruleCount = 5_000
const kills = 10
const script = join(import.meta.dirname, 'commit-many-rules.ts')

const scratch = mkdtempSync(join(tmpdir(), 'margay-whole-'))
let lab: Lab
let node: LabNode
beforeAll(async () => {
  lab = await createLab({ name: `whole${process.pid}`, stateDirectory: scratch })
  node = await lab.addNode('node-1')
})
afterAll(async () => {
  await lab?.close()
  rmSync(scratch, { recursive: true, force: true })
})

/** At another moment of its work each time. */
async function killWhileItCommits(afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [script, node.netns, String(ruleCount)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  await sleep(afterMs)
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function ruleCountAfterwards(): Promise<number> {
  const { stdout } = await lab.runInNode(node, 'nft', ['list', 'table', 'inet', 'margay'])
  return stdout.match(/^\t\t(drop|counter)/gm)?.length ?? 0
}

test('killed while it commits thousands of rules, and takes them back, again and again', async () => {
  const found = new Set<number>()
  for (let kill = 0; kill < kills; kill++) {
    await killWhileItCommits(5 + 7 * kill)
    found.add(await ruleCountAfterwards())
  }
  expect([...found].filter((count) => count !== 1 && count !== ruleCount)).toEqual([])
})
