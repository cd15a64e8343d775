/** How fast the kernel follows the API in a large cluster: a pod that starts, and a policy that changes. */
import { join } from 'node:path'
import type { Lab, LabNode } from '@margay/lab'
import { type Bench, bench, type Context, type Metrics, type Suite } from '../harness/bench.ts'
import { latencies, median } from '../harness/statistics.ts'
import { temporaryDirectory } from '../harness/temporary.ts'
import { startLab } from '../world/lab-world.ts'
import { AgentBeside } from './agent-beside.ts'
import type { ClusterSize } from './cluster-world.ts'
import {
  applyByNft,
  besidesRules,
  commandsFor,
  isTakenByNft,
  listRuleset,
  type NftObject,
  settledRuleset,
  withNamedAddresses,
  withPlainRules,
  writeCommands,
} from './nft-replay.ts'

/** For the start, for the changes of each kind, and for their replays: what was measured until then is reported. */
const limitMs = 120_000

/** What is asked of the agent for a change, and for the way back. `turn` counts from 1. */
interface Kind {
  readonly of: Bench
  readonly there: (turn: number) => string
  readonly back: (turn: number) => string
}

export function changesSuite(size: ClusterSize): Suite {
  const named = (name: string) => bench(name, `${size.policies}x${size.localPods}`, 'policies x local pods')
  const kinds: readonly Kind[] = [
    { of: named('dataplane/pod-add'), there: (turn) => `add ${turn}`, back: (turn) => `remove ${turn}` },
    { of: named('dataplane/policy-change'), there: (turn) => `change ${turn}`, back: () => 'change 0' },
  ]
  return {
    benches: kinds.map(({ of }) => of),
    needsRoot: true,
    async *run(context) {
      const { lab, node } = await startLab(context, [])
      for (const kind of kinds)
        yield { bench: kind.of, metrics: await measure(kind, { lab, node, size }, context) }
    },
  }
}

interface Place {
  readonly lab: Lab
  readonly node: LabNode
  readonly size: ClusterSize
}

async function measure(kind: Kind, { lab, node, size }: Place, context: Context): Promise<Metrics> {
  await lab.runInNode(node, 'nft', ['flush', 'ruleset'])
  const agent = await AgentBeside.start(node.netns, size, context)
  const start = await agent.ask('start', limitMs)
  if (start === undefined) return { gave_up_ms: limitMs }
  const samples = await changeOften(agent, kind, context)
  if (samples.length === 0) return { gave_up_ms: limitMs }
  const replay = await recordOnce(agent, kind, { lab, node, size }, context)
  // An agent that still ran would mend what is replayed.
  await agent.stop()
  const spawned = await replayOften(replay, { lab, node, size }, context)
  return {
    ...latencies(samples),
    ratio_nft_spawn: median(spawned) / median(samples),
    nft_spawn_ms: median(spawned),
    changes: samples.length,
  }
}

/** Milliseconds of each change there; the ways back are not counted, nor are the first changes. */
async function changeOften(
  agent: AgentBeside,
  { there, back }: Kind,
  { isQuick }: Context,
): Promise<number[]> {
  const samples: number[] = []
  const [warmUp, count] = isQuick ? [1, 2] : [10, 300]
  const end = performance.now() + limitMs
  for (let turn = 1; turn <= warmUp + count; turn++) {
    const answer = await agent.ask(there(turn), end - performance.now())
    const isBack =
      answer !== undefined && (await agent.ask(back(turn), end - performance.now())) !== undefined
    if (!isBack) break
    if (turn > warmUp) samples.push(answer.ms)
  }
  return samples
}

/** Files with the commands of a change, and of the way back. */
interface Replay {
  readonly there: string
  readonly back: string
  readonly after: readonly NftObject[]
}

const turnForRecord = 1000

/** The kernel is afterwards as it was. */
async function recordOnce(
  agent: AgentBeside,
  { there, back }: Kind,
  { lab, node }: Place,
  context: Context,
): Promise<Replay> {
  const before = await settledRuleset(lab, node)
  await agent.ask(there(turnForRecord), limitMs)
  const after = await settledRuleset(lab, node)
  await agent.ask(back(turnForRecord), limitMs)
  await settledRuleset(lab, node)
  const directory = await temporaryDirectory(context, 'memory')
  const commands = [commandsFor(before, after), commandsFor(after, before)] as const
  const [forth, home] = [withNamedAddresses(commands[0]), withNamedAddresses(commands[1])]
  const path = writeCommands(join(directory, 'there'), forth)
  const form = (await isTakenByNft(lab, node, path)) ? (commands: NftCommands) => commands : withPlainRules
  return {
    there: writeCommands(path, form(forth)),
    back: writeCommands(join(directory, 'back'), form(home)),
    after,
  }
}

type NftCommands = ReturnType<typeof commandsFor>

async function replayOften(
  { there, back, after }: Replay,
  { lab, node }: Place,
  { isQuick }: Context,
): Promise<number[]> {
  const samples: number[] = []
  const end = performance.now() + limitMs
  await applyByNft(lab, node, there)
  if (besidesRules(commandsFor(await listRuleset(lab, node), after)).length > 0)
    throw new Error('nft did not make the same change as the agent')
  await applyByNft(lab, node, back)
  for (const count = isQuick ? 2 : 20; samples.length < count && performance.now() < end; ) {
    samples.push(await applyByNft(lab, node, there))
    await applyByNft(lab, node, back)
  }
  return samples
}
