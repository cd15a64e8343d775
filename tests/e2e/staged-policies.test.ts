/** The guide's example of staged policies (docs/guide/dataplane.md): what they would do is read in the kernel. Needs root; runs a lab of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LabView, openLab } from '@margay/lab'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findKubectl, Kubectl } from '../../apps/server/src/testing/kubectl.ts'
import { eventually } from './support/eventually.ts'
import { leftoversOf } from './support/leftovers.ts'
import { type MargayProcess, margay, root, startMargay } from './support/margay.ts'

const name = 'e2e-staged'
let it: MargayProcess
let view: LabView
let kubectl: Kubectl
let home: string

beforeAll(async () => {
  it = startMargay(['lab', '--name', name, '--topology', 'examples/lab', '--policies', 'examples/policies'])
  await it.printed(/The lab stays up until Ctrl-C/)
  view = await openLab(name)
  home = mkdtempSync(join(tmpdir(), 'margay-e2e-'))
  kubectl = new Kubectl(findKubectl() ?? 'kubectl', `/run/margay/labs/${name}.api/kubeconfig`, home)
}, 60_000)
afterAll(async () => {
  await view?.close()
  await it?.stop()
  rmSync(home, { recursive: true, force: true })
  expect(leftoversOf(name)).toEqual([])
})

async function table(): Promise<string> {
  const { stdout } = await view.runInNode(view.node('node-1'), 'nft', ['list', 'table', 'inet', 'margay'])
  return stdout
}

/** Applies an example, tries every pair of a pod and a port, and returns what was counted by comment. */
async function countsWith(example: string, comment: string): Promise<Record<string, number>> {
  await kubectl.ok(['apply', '-f', join(root, 'examples/staged', example)])
  await eventually(`${comment} is there`, async () => (await table()).includes(comment))
  // Nothing is enforced otherwise: the kernel does what the policies without staged ones say.
  expect(await margay(['matrix', '--lab', name])).toMatchObject({ exitCode: 0 })
  const counted = (await table()).matchAll(/counter packets ([1-9]\d*) .*"(staged .*)"/g)
  return Object.fromEntries([...counted].map(([, packets, comment]) => [comment, Number(packets)]))
}

const allowedByLedger = 'staged Allow: tier default, np:payments/ledger rule 1'
const allowedByStaged = 'staged Allow: tier default, snp:payments/ledger rule 0'

test('without the boundary the ledger is open to too many, and with the staged policy of its own it is not', async () => {
  expect(await countsWith('01-without-boundary.yaml', allowedByLedger)).toMatchObject({
    [allowedByLedger]: 4,
  })
  const after = await countsWith('02-payments-ledger.yaml', allowedByStaged)
  expect(after).toMatchObject({ [allowedByStaged]: 2 })
  expect(after).not.toHaveProperty(allowedByLedger)
})

test('once they are deleted, nothing of them is left', async () => {
  await kubectl.ok(['delete', '-f', join(root, 'examples/staged')])
  await eventually('the kernel has nothing staged', async () => !(await table()).includes('staged'))
})
