/** `margay agent --dry-run` and `margay agent cleanup` against a node of a lab with a real server. Needs root. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LabView, openLab } from '@margay/lab'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { leftoversOf } from './support/leftovers.ts'
import { type Ended, MargayProcess, margay, root, startMargay } from './support/margay.ts'

const name = 'e2e-once'
const nodeKubeconfig = `/run/margay/labs/${name}.api/node-1.kubeconfig`

const scratch = mkdtempSync(join(tmpdir(), 'margay-e2e-'))
let it: MargayProcess
let view: LabView
/** Never empty: without it, an agent would work on the machine itself. */
let netns: string
beforeAll(async () => {
  const place = ['--topology', 'examples/lab', '--policies', 'examples/policies']
  it = startMargay(['lab', '--name', name, ...place, '--no-agents'])
  await it.printed(/The lab stays up until Ctrl-C/)
  view = await openLab(name)
  netns = view.node('node-1').netns
})
afterAll(async () => {
  await view?.close()
  await it?.stop()
  rmSync(scratch, { recursive: true, force: true })
  expect(leftoversOf(name)).toEqual([])
})

const onNode = async (command: string, ...args: string[]) =>
  (await view.runInNode(view.node('node-1'), command, args)).stdout

const agentArguments = () => ['--node', 'node-1', '--netns', netns, '--kubeconfig', nodeKubeconfig]
const dryRun = () => margay(['agent', ...agentArguments(), '--dry-run'])
const cleanup = (...flags: string[]) => margay(['agent', 'cleanup', '--netns', netns, ...flags])

async function runningAgent(): Promise<MargayProcess> {
  const agent = startMargay(['agent', ...agentArguments()])
  await agent.printed(/enforcing policy for 6 pods/)
  return agent
}

/** The node is as an agent wants it: settings come a moment after policy. */
const settled = () =>
  eventually('all is as it should be', async () => (await dryRun()).stdout.startsWith('nothing'))

async function nodeAsItIs(): Promise<string> {
  const listed = await Promise.all([
    onNode('nft', '-s', 'list', 'ruleset'),
    onNode('ip', 'route', 'show', 'table', 'all'),
    onNode('ip', 'link'),
    onNode(
      'sysctl',
      '-a',
      '--pattern',
      'forward|rp_filter|nf_conntrack_(acct|max|tcp_timeout_syn)|syncookies',
    ),
  ])
  return listed.join('\n---\n')
}

function expectNothingToDo({ exitCode, stdout, stderr }: Ended): void {
  expect(stderr).toBe('')
  expect(stdout).toBe('nothing would be changed\n')
  expect(exitCode).toBe(0)
}

test('a dry run tells what an agent would change, and changes nothing', async () => {
  const before = await nodeAsItIs()
  const { exitCode, stdout, stderr } = await dryRun()
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^nftables:\n {2}add table inet margay\n/)
  expect(stdout).toMatch(
    /\nnode:\n(?: {2}set net\/.*\n)+would make \d+ changes to nftables and \d+ changes? to the node;/,
  )
  expect(stdout).toMatch(/; nothing was changed\n$/)
  expect(await nodeAsItIs()).toBe(before)
})

test('neither needs nft, nor does the agent', async () => {
  const env = { PATH: join(scratch, 'empty-path') }
  const command = [join(root, 'apps/cli/dist/margay.js'), 'agent']
  const agent = new MargayProcess(process.execPath, [...command, ...agentArguments()], { env })
  await agent.printed(/enforcing policy for 6 pods/)
  await agent.stop()
  const clean = new MargayProcess(process.execPath, [...command, 'cleanup', '--netns', netns], {
    env,
    input: '',
  })
  expect(await clean.ended).toMatchObject({ exitCode: 0, stderr: '' })
})

test('where an agent runs, a dry run finds nothing to do, and when a pod changed by hand, just that', async () => {
  const agent = await runningAgent()
  await settled()
  await agent.stop()
  expectNothingToDo(await dryRun())
  await onNode('nft', 'flush', 'set', 'inet', 'margay', 'pod-sources-4')
  const { stdout } = await dryRun()
  expect(stdout).toMatch(
    /^nftables:\n {2}add 6 elements to set "pod-sources-4" of table inet margay\n(?: {4}"cali\w+" \. 10\.\S+\n){5} {4}and 1 more\nwould make 1 change to nftables/,
  )
})

test('cleanup takes away what agents made and nothing else, and a second time there is nothing to do', async () => {
  await cleanup()
  await onNode(
    'nft',
    'add table inet theirs; add chain inet theirs c { type filter hook forward priority 1; }',
  )
  const others = await onNode('nft', '-s', 'list', 'ruleset')
  const agent = await runningAgent()
  await settled()
  await agent.stop()
  const enforced = await nodeAsItIs()
  const planned = await cleanup('--dry-run')
  expect(planned.stdout.trimEnd().split('\n')).toEqual([
    'would remove table inet margay',
    'would remove table arp margay',
    'would remove mark net/ipv4/conf/lo/tag',
  ])
  expect(await nodeAsItIs()).toBe(enforced)
  const { exitCode, stdout, stderr } = await cleanup()
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout.split('\n').slice(0, 3)).toEqual([
    'removed table inet margay',
    'removed table arp margay',
    'removed mark net/ipv4/conf/lo/tag',
  ])
  expect(stdout.split('\n')[3]).toMatch(/^left as they are: /)
  expect(await onNode('nft', '-s', 'list', 'ruleset')).toBe(others)
  expect(await cleanup()).toEqual({
    exitCode: 0,
    stdout: 'there is nothing of margay on this node\n',
    stderr: '',
  })
})

test('cleanup under an agent that still runs is no success', async () => {
  const agent = await runningAgent()
  const { exitCode, stderr } = await cleanup()
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: 'error: an agent that still runs has made its tables again: stop it first\n',
  })
  await agent.stop()
  expect((await cleanup()).exitCode).toBe(0)
})

test('a dry run without a node or a kubeconfig says so and is no success', async () => {
  const lost = await margay(['agent', '--netns', netns, '--kubeconfig', nodeKubeconfig, '--dry-run'])
  expect(lost).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/^error: --node: /) })
  const nowhere = ['--kubeconfig', join(scratch, 'none'), '--dry-run']
  const missing = await margay(['agent', '--node', 'node-1', '--netns', netns, ...nowhere])
  expect(missing).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/^error: .*none/) })
})
