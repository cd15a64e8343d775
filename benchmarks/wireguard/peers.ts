/**
 * What a node's end costs in a large cluster: to work it out, and to tell a device of wireguard-go and the kernel. Each node has a block of
 * addresses (`blocks`), or each pod an address of its own (`singles`).
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLab } from '@margay/lab'
import { type Ip, parseIp } from '@margay/netset'
import { clusterNode } from '../../apps/agent/src/encryption/cluster-nodes.ts'
import { desiredTunnel } from '../../apps/agent/src/encryption/desired-tunnel.ts'
import { KeyFiles } from '../../apps/agent/src/encryption/key-file.ts'
import { NetlinkTunnels } from '../../apps/agent/src/encryption/netlink-tunnels.ts'
import { TunnelKeeper } from '../../apps/agent/src/encryption/tunnel-keeper.ts'
import type { DesiredTunnel, TunnelWorld } from '../../apps/agent/src/encryption/tunnel-model.ts'
import { findDaemon } from '../../apps/agent/src/encryption/wireguard-daemon.ts'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { heapMb } from '../harness/heap.ts'
import { median } from '../harness/statistics.ts'
import { temporaryDirectory } from '../harness/temporary.ts'
import { encryptionSettings, systemClock } from './encrypted-node.ts'
import { nodeObject } from './node-objects.ts'

const podsPerNode = 50

export function peersSuite(nodes: number): Suite {
  return single(bench('wireguard/peers', nodes, 'nodes'), (context) => measure(nodes, context), true)
}

async function measure(count: number, context: Context): Promise<Metrics> {
  const keys = Array.from({ length: count }, () => randomKey())
  const blocks = computed(keys, 'blocks', context)
  const singles = computed(keys, 'singles', context)
  const programmed = await program(blocks.desired, blocks.changed, context)
  return {
    compute_ms: blocks.ms,
    node_change_ms: blocks.changeMs,
    memory_mb: blocks.memoryMb,
    singles_compute_ms: singles.ms,
    singles_memory_mb: singles.memoryMb,
    ...programmed,
  }
}

/** Any 32 bytes are a public key. */
function randomKey(): string {
  return randomBytes(32).toString('base64')
}

interface Computed {
  readonly ms: number
  readonly changeMs: number
  readonly memoryMb: number
  readonly desired: DesiredTunnel
  /** One node has another key. */
  readonly changed: DesiredTunnel
}

function computed(keys: readonly string[], kind: 'blocks' | 'singles', { isQuick }: Context): Computed {
  const world = worldOf(keys, kind)
  const otherKeys = [...keys.slice(0, -1), randomKey()]
  const other = worldOf(otherKeys, kind)
  const before = heapMb()
  const desired = required(desiredTunnel(world))
  const memoryMb = heapMb() - before
  const times = (of: TunnelWorld) =>
    median(
      Array.from({ length: isQuick ? 1 : 5 }, () => {
        const since = performance.now()
        desiredTunnel(of)
        return performance.now() - since
      }),
    )
  return {
    ms: times(world),
    changeMs: times(other),
    memoryMb,
    desired,
    changed: required(desiredTunnel(other)),
  }
}

function worldOf(keys: readonly string[], kind: 'blocks' | 'singles'): TunnelWorld {
  const nodes = keys.map(
    (publicKey, index) =>
      clusterNode(
        nodeObject({
          name: `node-${index}`,
          address: `198.18.${index >> 8}.${index & 255}`,
          publicKey,
          ...(kind === 'blocks' ? { podCidr: `10.${index >> 8}.${index & 255}.0/24` } : {}),
        }),
      )[4],
  )
  const strays = new Map<string, readonly Ip[]>(
    kind === 'blocks' ? [] : nodes.map(({ name }, index) => [name, podsOf(index)]),
  )
  return { version: 4, ownName: 'node-0', settings: encryptionSettings(), nodes, strays, pools: [] }
}

function podsOf(index: number): Ip[] {
  return Array.from({ length: podsPerNode }, (_, pod) =>
    parseIp(`10.${index >> 8}.${index & 255}.${pod + 1}`),
  ).filter((ip) => ip !== undefined)
}

async function program(desired: DesiredTunnel, changed: DesiredTunnel, context: Context): Promise<Metrics> {
  const lab = await createLab({ name: 'bench-peers' })
  context.defer(() => lab.close())
  const { netns } = await lab.addNode('node-0')
  const directory = await temporaryDirectory(context)
  const kernel = new NetlinkTunnels({ netns, logDirectory: join(directory, 'log') })
  context.defer(() => kernel.close())
  let onChange: () => void = () => undefined
  const keeper = new TunnelKeeper({
    version: 4,
    kernel,
    keys: new KeyFiles(directory),
    clock: systemClock,
    random: randomBytes,
    log: () => undefined,
    onChange: () => onChange(),
  })
  context.defer(() => keeper.stop())
  const told = (tunnel: DesiredTunnel) =>
    new Promise<number>((resolve) => {
      const since = performance.now()
      onChange = () => resolve(performance.now() - since)
      keeper.desire(tunnel, { rotationSeconds: 0, notBefore: undefined })
    })
  const programMs = await told(desired)
  const changeMs = await told(changed)
  const residentMb = residentOf(findDaemon('wireguard.cali', netns)?.processId)
  if (keeper.problems.length > 0) throw new Error(keeper.problems[0])
  return { program_ms: programMs, program_change_ms: changeMs, device_rss_mb: residentMb }
}

function residentOf(processId: number | undefined): number {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

function required(desired: DesiredTunnel | undefined): DesiredTunnel {
  if (desired === undefined) throw new Error('encryption is switched off')
  return desired
}
