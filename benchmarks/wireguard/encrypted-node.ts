/** Encryption of one node of a lab, as its agent runs it, with an API in memory. */
import { randomBytes } from 'node:crypto'
import { NetlinkDriver } from '@margay/agent'
import type { LabNode } from '@margay/lab'
import { type NodeSettings, StateBuilder } from '@margay/policy'
import { Encryption } from '../../apps/agent/src/encryption/encryption.ts'
import { KeyFiles } from '../../apps/agent/src/encryption/key-file.ts'
import { NetlinkTunnels } from '../../apps/agent/src/encryption/netlink-tunnels.ts'
import { admitted } from '../world/world.ts'
import type { NodesInMemory } from './memory-api.ts'

export interface EncryptedNode {
  /** Encryption is wanted, or not: then device, rules and routes go. It begins with being wanted. */
  want(isWanted: boolean): void
  /** Makes its devices go, as if the node had. */
  remove(): Promise<void>
}

const [on, off] = [stateOf(true), stateOf(false)]

function stateOf(wireguardEnabled: boolean) {
  return new StateBuilder().update([
    {
      before: undefined,
      after: admitted({
        apiVersion: 'projectcalico.org/v3',
        kind: 'FelixConfiguration',
        metadata: { name: 'default' },
        spec: { wireguardEnabled },
      }),
    },
  ])
}

/** Of every node, with a tunnel over IPv4. */
export function nodeSettings(): NodeSettings {
  return on.state.settingsOf('node-0')
}

export const systemClock = {
  now: () => new Date(),
  after: (ms: number, callback: () => void) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** `directory` is where its keys are. */
export function encryptNode({ name, netns }: LabNode, api: NodesInMemory, directory: string): EncryptedNode {
  const kernel = new NetlinkTunnels({ netns, logDirectory: directory })
  const driver = new NetlinkDriver(netns)
  const encryption = new Encryption({
    nodeName: name,
    client: api.client,
    kernel,
    keys: new KeyFiles(directory),
    driver,
    apiPorts: [],
    clock: systemClock,
    randomBytes,
    nodes: () => api.nodes,
    pools: () => new Map(),
    log: () => undefined,
  })
  const unlisten = api.listen(() => encryption.nodesChanged())
  const want = (isWanted: boolean): void => {
    const { state } = isWanted ? on : off
    encryption.desire({ settings: state.settingsOf(name), endpoints: () => [], gone: [], come: [] })
  }
  want(true)
  const remove = async (): Promise<void> => {
    unlisten()
    await encryption.stop()
    await kernel.removeDevice('wireguard.cali')
    kernel.close()
    driver.close()
  }
  return { want, remove }
}
