/** A lab of three nodes with agents, in which packets between nodes are captured and read. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  encodeEthernet,
  encodeIpPacket,
  encodeUdp,
  etherTypes,
  hostSideMac,
  LinkSocket,
  type MessageStream,
} from '@margay/lab'
import { AgentsLab, startLabOf } from '../support/agents-lab.ts'
import { eventually } from '../support/eventually.ts'
import { MargayProcess } from '../support/margay.ts'

/** What every message of a stream holds; see the lab's marks. */
const plaintext = Buffer.from('\0\0\0\0Marg', 'latin1')
const port = 8080
const blocks: Readonly<Record<string, string[]>> = {
  'node-1': ['10.65.1.0/24', 'fd65::1:0/112'],
  'node-2': ['10.65.2.0/24', 'fd65::2:0/112'],
  'node-3': ['10.65.3.0/24', 'fd65::3:0/112'],
}

export type Version = 4 | 6

export class EncryptedLab extends AgentsLab {
  #files = 0

  static async start(name: string): Promise<EncryptedLab> {
    const it = new EncryptedLab(await startLabOf(name, join(import.meta.dirname, 'topology')))
    for (const [node, podCIDRs] of Object.entries(blocks))
      await it.patch('v1/Node', node, { spec: { podCIDRs } })
    await it.create('projectcalico.org/v3', 'IPPool', 'pods', { cidr: '10.65.0.0/16' })
    await it.create('projectcalico.org/v3', 'IPPool', 'pods-6', { cidr: 'fd65::/96' })
    await it.create('projectcalico.org/v3', 'IPPool', 'plain', {
      cidr: '10.77.0.0/16',
      encryption: 'Disabled',
    })
    await it.create('projectcalico.org/v3', 'IPPool', 'plain-6', {
      cidr: 'fd77::/96',
      encryption: 'Disabled',
    })
    return it
  }

  /** Where agents reach the API. */
  get apiPort(): number {
    const kubeconfig = readFileSync(`/run/margay/labs/${this.name}.api/node-1.kubeconfig`, 'utf8')
    return Number(/server: .*:(\d+)/.exec(kubeconfig)?.[1])
  }

  async startAgents(): Promise<void> {
    await Promise.all([...this.view.nodes.keys()].map((node) => this.startAgent(node)))
  }

  address(pod: string, version: Version): string {
    const ip = this.view.pod('team', pod).ips.find((it) => it.includes(':') === (version === 6))
    if (ip === undefined) throw new Error(`${pod} has no IPv${version} address`)
    return ip
  }

  stream(
    from: string,
    to: string,
    version: Version,
    intervalMs = 10,
    timeoutMs = 5000,
  ): Promise<MessageStream> {
    const request = {
      from: this.view.pod('team', from),
      to: this.address(to, version),
      protocol: 'TCP',
      port,
      timeoutMs,
    } as const
    return this.view.openStream(request, { intervalMs })
  }

  /** Does a new connection come about, and echo? */
  async talks(from: string, to: string, version: Version): Promise<boolean> {
    try {
      const stream = await this.stream(from, to, version, 10, 1500)
      const hasEchoes = await stream.waitForEchoes(3, 1500)
      stream.close()
      return hasEchoes
    } catch {
      return false
    }
  }

  /** Does a datagram that one pod sends arrive, when it says that it comes from another's address? */
  async arrives(
    ends: { readonly from: string; readonly source: string; readonly to: string },
    version: Version,
  ): Promise<boolean> {
    const header = { source: this.address(ends.source, version), destination: this.address(ends.to, version) }
    const text = Buffer.from(`datagram ${this.#files++} of ${ends.from}`)
    const etherType = version === 4 ? etherTypes.ipv4 : etherTypes.ipv6
    const sender = new LinkSocket({ netns: this.view.pod('team', ends.from).netns, device: 'eth0' })
    const witness = new LinkSocket({ netns: this.view.pod('team', ends.to).netns, device: 'eth0', etherType })
    try {
      const udp = encodeUdp({ ...header, sourcePort: 4000, destinationPort: 8080 }, text)
      const frame = encodeEthernet(
        { source: '02:00:00:00:00:01', destination: hostSideMac, etherType },
        encodeIpPacket({ ...header, protocol: 17 }, udp),
      )
      sender.send([frame])
      for (let look = 0; look < 30; look++) {
        let isThere = false
        witness.receive(({ bytes }) => {
          isThere ||= bytes.includes(text)
        })
        if (isThere) return true
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      return false
    } finally {
      sender.close()
      witness.close()
    }
  }

  /**
   * What could be read between the nodes while that happened. `besides`: without what tunnels carry, for loads of which a capture would not
   * get everything.
   */
  async listen<Result>(
    work: () => Promise<Result>,
    besides: 'nothing' | 'tunnels' = 'nothing',
  ): Promise<{ readonly result: Result; readonly capture: Capture }> {
    const path = join(this.home, `${this.#files++}.pcap`)
    const netns = `margay-${this.name}.bridge`
    const args = [
      'netns',
      'exec',
      netns,
      'tcpdump',
      '-i',
      'any',
      '--immediate-mode',
      '-B',
      '16384',
      '-Z',
      'root',
      '-U',
      '-s',
      '2048',
      '-w',
      path,
    ]
    if (besides === 'tunnels') args.push('not', 'udp', 'port', '51820', 'and', 'not', 'udp', 'port', '51821')
    const tcpdump = new MargayProcess('ip', args)
    await tcpdump.printed(/listening on/)
    const result = await work()
    await this.#untilCaptured(path)
    tcpdump.signal('SIGINT')
    const { stderr } = await tcpdump.ended
    if (!/^0 packets dropped by kernel/m.test(stderr))
      throw new Error(`the capture is not complete: ${stderr}`)
    return { result, capture: new Capture(readFileSync(path)) }
  }

  /** A frame that is sent behind everything else is there: then all before it is. */
  async #untilCaptured(path: string): Promise<void> {
    const end = Buffer.from(`the end of capture ${this.#files}`)
    const socket = new LinkSocket({ netns: `margay-${this.name}.bridge`, device: 'port1' })
    // To a multicast address that nobody has, of a type for experiments (IEEE 802, 0x88b5).
    const header = Buffer.from('0300000000010200000000 0188b5'.replace(' ', ''), 'hex')
    try {
      await eventually('the capture is written', () => {
        socket.send([Buffer.concat([header, end, Buffer.alloc(30)])])
        return readFileSync(path).includes(end)
      })
    } finally {
      socket.close()
    }
  }

  /** Each node has shaken hands with as many peers. */
  async untilEncrypted(peers: Readonly<Record<string, number>>, version: Version = 4): Promise<void> {
    for (const [node, count] of Object.entries(peers))
      await eventually(
        `${node} has ${count} peers`,
        async () => (await this.handshakes(node, version)).length === count,
      )
  }

  /** Times of the latest handshakes of a node, one for each peer that it ever shook hands with. */
  async handshakes(node: string, version: Version): Promise<number[]> {
    const { peers = [] } = (await this.device(node, version)) ?? {}
    return peers.flatMap(({ lastHandshake }) =>
      lastHandshake === undefined ? [] : [lastHandshake.getTime()],
    )
  }

  async device(node: string, version: Version) {
    const { findDaemon } = await import('../../../apps/agent/src/encryption/wireguard-daemon.ts')
    const { openUserspaceWireguard } = await import('@margay/netlink')
    const daemon = findDaemon(version === 4 ? 'wireguard.cali' : 'wg-v6.cali', this.view.node(node).netns)
    if (daemon === undefined) return undefined
    const control = openUserspaceWireguard({ socketPath: daemon.socketPath })
    try {
      return { ...(await control.read()), processId: daemon.processId }
    } catch {
      // It has just started, or ended.
      return undefined
    } finally {
      control.close()
    }
  }
}

export class Capture {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Anything of what pods said to each other. */
  get hasPlaintext(): boolean {
    return this.#bytes.includes(plaintext)
  }

  get length(): number {
    return this.#bytes.length
  }
}
