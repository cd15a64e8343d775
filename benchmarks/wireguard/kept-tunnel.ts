/** A keeper of one tunnel, with a device of wireguard-go and the kernel of a node of a lab. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KeyFiles } from '../../apps/agent/src/encryption/key-file.ts'
import { NetlinkTunnels } from '../../apps/agent/src/encryption/netlink-tunnels.ts'
import { TunnelKeeper } from '../../apps/agent/src/encryption/tunnel-keeper.ts'
import type { DesiredTunnel } from '../../apps/agent/src/encryption/tunnel-model.ts'
import { findDaemon } from '../../apps/agent/src/encryption/wireguard-daemon.ts'
import type { Context } from '../harness/bench.ts'
import { temporaryDirectory } from '../harness/temporary.ts'
import { systemClock } from './encrypted-node.ts'

export interface KeptTunnel {
  /** Milliseconds until device and kernel have it. @throws Error when that failed */
  tell(tunnel: DesiredTunnel): Promise<number>
  /** Of the process that runs the device, in MiB. */
  residentMb(): number
}

export async function startKeptTunnel(netns: string, context: Context): Promise<KeptTunnel> {
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
  const tell = async (tunnel: DesiredTunnel): Promise<number> => {
    const since = performance.now()
    await new Promise<void>((resolve) => {
      onChange = resolve
      keeper.desire(tunnel, { rotationSeconds: 0, notBefore: undefined })
    })
    const ms = performance.now() - since
    if (keeper.problems[0] !== undefined) throw new Error(keeper.problems[0])
    return ms
  }
  return { tell, residentMb: () => residentOf(findDaemon('wireguard.cali', netns)?.processId) }
}

/** Source: proc_pid_status(5). */
function residentOf(processId: number | undefined): number {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}
