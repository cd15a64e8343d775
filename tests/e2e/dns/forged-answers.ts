/** Messages of DNS in packets that somebody made by hand, each sent into a node from an interface of a pod. */
import {
  answerMessage,
  encodeEthernet,
  encodeIpPacket,
  encodeUdp,
  etherTypes,
  hostSideMac,
  LinkSocket,
  queryMessage,
} from '@margay/lab'
import type { DnsLab } from './dns-lab.ts'

export interface PodName {
  readonly namespace: string
  readonly name: string
}

export interface Datagram {
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
}

export interface ForgedAnswer {
  /** From whose interface it is sent. */
  readonly by: PodName
  /** What it says its server is. */
  readonly server: string
  /** Who asked, and gets it. */
  readonly client: string
  /** What the client asked, as it asked it. */
  readonly asked: string
  /** What the answer says instead. */
  readonly says: {
    readonly id?: number
    readonly port?: number
    readonly name?: string
    readonly owner?: string
    readonly section?: 'answers' | 'additionals'
  }
  readonly address: string
}

let queries = 0

/** A pod's query, which the trusted server gets and never answers (`silent.test`), and behind it that answer. */
export function forge(lab: DnsLab, { by, server, client, asked, says, address }: ForgedAnswer): void {
  const [trusted, from] = [lab.addressOf('dns', 4, 'kube-system'), lab.addressOf(client, 4)]
  const [id, port] = [0x1000 + queries, 20_000 + queries++]
  const question = { source: from, sourcePort: port, destination: trusted, destinationPort: 53 }
  send(lab, { namespace: 'team', name: client }, question, queryMessage({ name: asked, type: 'A' }, id))
  const { id: saidId = id, port: saidPort = port, name = asked, ...record } = says
  const answer = { source: server, sourcePort: 53, destination: from, destinationPort: saidPort }
  send(lab, by, answer, answerMessage({ name, type: 'A' }, saidId, address, record))
}

function send(lab: DnsLab, { namespace, name }: PodName, ends: Datagram, message: Buffer): void {
  const socket = new LinkSocket({ netns: lab.view.pod(namespace, name).netns, device: 'eth0' })
  const ethernet = { source: '02:00:00:00:00:01', destination: hostSideMac, etherType: etherTypes.ipv4 }
  try {
    const udp = encodeUdp(ends, message)
    socket.send([encodeEthernet(ethernet, encodeIpPacket({ ...ends, protocol: 17 }, udp))])
  } finally {
    socket.close()
  }
}
