/**
 * Sends all streams, a small batch of each every few milliseconds, each packet a flow of its own. Argument: `SenderOptions`
 * as JSON. Prints `ready`, and for each batch `STREAM BATCH COUNT FROM TO`, times in ns. Stops when its standard input ends.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeEthernet, encodeIpPacket, encodeUdp, etherTypes, hostSideMac, LinkSocket } from '@margay/lab'
import { protocols } from '@margay/policy'
import { payloadAt, payloadLength, writePayload } from './payload.ts'
import { Renewed } from './renewed.ts'
import { SourcePorts } from './source-ports.ts'

export interface SenderOptions {
  readonly intervalMs: number
  readonly streams: readonly SentStream[]
}

export interface SentStream {
  readonly netns: string
  readonly sourceIp: string
  readonly destinationIp: string
  readonly port: number
  readonly packetsPerBatch: number
}

/** For as long as the pod is there: one that comes again under its name is another one. */
class StreamSender {
  readonly #socket: LinkSocket
  readonly #index: number
  readonly #frames: readonly Buffer[]
  readonly #payloadAt: number
  readonly #sourcePorts = new SourcePorts()

  constructor(index: number, stream: SentStream) {
    this.#index = index
    this.#socket = new LinkSocket({ netns: stream.netns, device: 'eth0' })
    this.#payloadAt = payloadAt(stream.sourceIp.includes(':') ? 6 : 4)
    const frame = frameOf(stream, this.#socket.hardwareAddress)
    // Without a checksum, so that ports and payloads can change: nobody on the way or at the tap looks at it.
    frame.writeUInt16BE(0, this.#payloadAt - 2)
    this.#frames = Array.from({ length: stream.packetsPerBatch }, () => Buffer.from(frame))
  }

  /** The line that tells of it. @throws SyscallError when the pod is gone */
  sendBatch(batch: number): string {
    const sentNs = Number(process.hrtime.bigint())
    for (const frame of this.#frames) {
      frame.writeUInt16BE(this.#sourcePorts.take(), this.#payloadAt - 8)
      writePayload(frame, { stream: this.#index, batch, sentNs }, this.#payloadAt)
    }
    this.#socket.send(this.#frames)
    return `${this.#index} ${batch} ${this.#frames.length} ${sentNs} ${process.hrtime.bigint()}\n`
  }

  close(): void {
    this.#socket.close()
  }
}

function frameOf({ sourceIp, destinationIp, port }: SentStream, mac: string): Buffer {
  const ends = { source: sourceIp, destination: destinationIp }
  const etherType = sourceIp.includes(':') ? etherTypes.ipv6 : etherTypes.ipv4
  const datagram = encodeUdp({ ...ends, sourcePort: 0, destinationPort: port }, Buffer.alloc(payloadLength))
  const packet = encodeIpPacket({ ...ends, protocol: protocols.udp }, datagram)
  return encodeEthernet({ source: mac, destination: hostSideMac, etherType }, packet)
}

const { intervalMs, streams } = JSON.parse(process.argv[2] ?? '') as SenderOptions
const senders = streams.map(
  (stream, index) =>
    new Renewed(
      () => new StreamSender(index, stream),
      (sender) => sender.close(),
    ),
)
let batch = 0

function sendAll(): string {
  const lines = senders.map((sender) => sender.use((it) => it.sendBatch(batch)))
  batch++
  return lines.filter((line) => line !== undefined).join('')
}

process.stdin.once('end', () => process.exit()).resume()
process.stdout.write('ready\n')
for (;;) {
  process.stdout.write(sendAll())
  await sleep(intervalMs)
}
