/** Two nodes of a lab with a tunnel of wireguard-go between them, made with what everybody has: a process, keys, two routes. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Lab, LabNode } from '@margay/lab'
import { openUserspaceWireguard, PrivateKey } from '@margay/netlink'
import { startDaemon } from '../../apps/agent/src/encryption/wireguard-daemon.ts'
import { untilDevice } from './device-of.ts'

export const handMadeDevice = 'wg-by-hand'
/** Not that of ours, which may still be going. */
const port = 51821

export interface TunnelEnd {
  readonly node: LabNode
  readonly podCidr: string
  readonly pod: string
}

/** Returns how to take it away again. */
export async function tunnelByHand(
  lab: Lab,
  ends: readonly [TunnelEnd, TunnelEnd],
  directory: string,
): Promise<() => Promise<void>> {
  const keys = ends.map(() => PrivateKey.generate((count) => randomBytes(count)))
  const removals: (() => Promise<void>)[] = []
  for (const [index, { node }] of ends.entries()) {
    const [peer, key, peerKey] = [ends[1 - index], keys[index], keys[1 - index]]
    if (peer === undefined || key === undefined || peerKey === undefined)
      throw new Error('a tunnel has two ends')
    const logPath = join(directory, `${node.name}.log`)
    const { socketPath, processId } = await startDaemon(handMadeDevice, { netns: node.netns, logPath })
    const control = openUserspaceWireguard({ socketPath })
    const endpoint = { address: peer.node.ips[0] ?? '', port }
    const allowedIps = [peer.podCidr]
    await control.change({
      privateKey: key,
      listenPort: port,
      peers: [{ publicKey: peerKey.publicKey, endpoint, allowedIps }],
    })
    control.close()
    const ip = (...args: string[]) => lab.runInNode(node, 'ip', args)
    await ip('link', 'set', handMadeDevice, 'mtu', '1440', 'up')
    await ip('route', 'replace', peer.podCidr, 'dev', handMadeDevice)
    // More specific than the tunnel's.
    const inTheClear = ['via', peer.node.ips[0] ?? '']
    await ip('route', 'del', `${peer.pod}/32`)
    removals.push(async () => {
      await ip('route', 'replace', `${peer.pod}/32`, ...inTheClear)
      process.kill(processId, 'SIGKILL')
      await untilDevice(lab, node, handMadeDevice, false)
    })
  }
  return async () => void (await Promise.all(removals.map((remove) => remove())))
}
