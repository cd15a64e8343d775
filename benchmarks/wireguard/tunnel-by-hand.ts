/** Two nodes of a lab with a tunnel of wireguard-go between them, made with what everybody has: a process, keys, two routes. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Lab, LabNode } from '@margay/lab'
import { openUserspaceWireguard, PrivateKey } from '@margay/netlink'
import { startDaemon } from '../../apps/agent/src/encryption/wireguard-daemon.ts'
import type { Context } from '../harness/bench.ts'

const name = 'wg-by-hand'
const port = 51820

export interface HandEnd {
  readonly node: LabNode
  readonly podCidr: string
}

export async function tunnelByHand(
  lab: Lab,
  ends: readonly [HandEnd, HandEnd],
  directory: string,
  context: Context,
): Promise<void> {
  const keys = ends.map(() => PrivateKey.generate((count) => randomBytes(count)))
  for (const [index, { node }] of ends.entries()) {
    const [peer, key, peerKey] = [ends[1 - index], keys[index], keys[1 - index]]
    if (peer === undefined || key === undefined || peerKey === undefined)
      throw new Error('a tunnel has two ends')
    const logPath = join(directory, `${node.name}.log`)
    const { socketPath, processId } = await startDaemon(name, { netns: node.netns, logPath })
    context.defer(() => void process.kill(processId, 'SIGKILL'))
    const control = openUserspaceWireguard({ socketPath })
    const endpoint = { address: peer.node.ips[0] ?? '', port }
    const allowedIps = [peer.podCidr]
    await control.change({
      privateKey: key,
      listenPort: port,
      peers: [{ publicKey: peerKey.publicKey, endpoint, allowedIps }],
    })
    control.close()
    await lab.runInNode(node, 'ip', ['link', 'set', name, 'mtu', '1440', 'up'])
    // More specific than the routes of the lab.
    await lab.runInNode(node, 'ip', ['route', 'replace', peer.podCidr, 'dev', name])
    for (const pod of lab.pods.values())
      if (pod.node === peer.node.name) await lab.runInNode(node, 'ip', ['route', 'del', `${pod.ips[0]}/32`])
  }
}
