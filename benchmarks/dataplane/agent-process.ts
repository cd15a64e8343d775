/**
 * A real agent with a real kernel and an API in memory. Arguments: NETNS POLICIES LOCAL_PODS. Prints `ready` when the API holds
 * everything; then a line of JSON for each line on standard input:
 *
 * - `start`: the agent starts, and lists all; answered when the kernel holds it.
 * - `add N`, `remove N`: a pod of this node starts or ends. `change N`: a policy's port changes.
 *
 * `ms` is from the change being handed to the agent to the kernel's acknowledgement; `rssMb` is the most that the process had in
 * memory, and `restMb` the most before the agent started: Node, the program, and the objects, which both hold together.
 */
import { createInterface } from 'node:readline'
import { Agent, collectSeldom, keepMemorySmall } from '@margay/agent'
import type { ResourceObject } from '@margay/resources'
import { nodeName } from '../world/pods.ts'
import { changingPolicy, clusterObjects, newPod } from './cluster-world.ts'
import { machine } from './enforcement.ts'
import { MemoryApi } from './memory-api.ts'

keepMemorySmall()
const [netns = '', policies, localPods] = process.argv.slice(2)
const size = { policies: Number(policies), localPods: Number(localPods) }
const api = new MemoryApi([...clusterObjects(size), changingPolicy(0)])
let isStarted = false
let enforced = Promise.withResolvers<void>()

const agent = new Agent({
  nodeName,
  client: api,
  ...machine(netns),
  clock: {
    now: () => new Date(),
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  },
  random: Math.random,
  log: (line) => console.error(line),
  onEnforced: () => {
    // As `runAgent` does it: behind the start, and not within each change that is measured.
    if (!isStarted) collectSeldom()
    isStarted = true
    enforced.resolve()
  },
  onFailed: (message) => enforced.reject(new Error(message)),
})

const pods = new Map<number, ResourceObject>()

function make(command: string, turn: number): void {
  if (command === 'start') agent.start()
  else if (command === 'change') api.put(changingPolicy(turn))
  else if (command === 'add') api.put(podOf(turn))
  else api.delete(podOf(turn))
}

function podOf(turn: number): ResourceObject {
  const pod = pods.get(turn) ?? newPod(size, turn)
  pods.set(turn, pod)
  return pod
}

async function answer(line: string): Promise<string> {
  const [command = '', turn] = line.split(' ')
  enforced = Promise.withResolvers()
  const start = performance.now()
  make(command, Number(turn))
  await enforced.promise
  const ms = performance.now() - start
  return JSON.stringify({ ms, rssMb: peakMb(), restMb })
}

/** The most that this process ever had in memory. */
function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024
}

const restMb = peakMb()
createInterface({ input: process.stdin })
  .on('line', async (line) => console.log(await answer(line)))
  .on('close', () => process.exit())
console.log('ready')
