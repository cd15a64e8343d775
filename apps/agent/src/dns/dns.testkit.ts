/** Messages and packets of DNS as clients and servers send them, written down by the RFCs. */
import { formatIp, type Ip, parseIp } from '@margay/netset'

export interface TestRecord {
  readonly name: string
  readonly type: number
  readonly recordClass?: number
  readonly ttlSeconds?: number
  /** Bytes as they are, or a name, compressed where names are. */
  readonly data: Uint8Array | string
}

export interface TestMessage {
  readonly id?: number
  readonly flags?: number
  readonly questions?: readonly {
    readonly name: string
    readonly type: number
    readonly questionClass?: number
  }[]
  readonly answers?: readonly TestRecord[]
  readonly authorities?: readonly TestRecord[]
  readonly additionals?: readonly TestRecord[]
  readonly isCompressed?: boolean
}

export const answerFlags = 0x8180
export const queryFlags = 0x0100
export const ip = (text: string): Ip => {
  const parsed = parseIp(text)
  if (parsed === undefined) throw new RangeError(text)
  return parsed
}

/** An answer that leads from a name by aliases to addresses. */
export function lookup(
  name: string,
  chain: readonly string[],
  addresses: readonly string[],
  id = 7,
): TestMessage {
  const owners = [name, ...chain]
  const last = owners.at(-1) ?? name
  const type = addresses[0]?.includes(':') ? 28 : 1
  const aliases = chain.map((data, index) => ({ name: owners[index] ?? name, type: 5, data }))
  const answers = [
    ...aliases,
    ...addresses.map((address) => ({ name: last, type, data: addressBytes(address) })),
  ]
  return { id, flags: answerFlags, questions: [{ name, type }], answers }
}

/** The query to it. */
export function queryTo({ id = 0, questions = [] }: TestMessage): TestMessage {
  return { id, flags: queryFlags, questions }
}

/** EDNS as most clients and servers send it. Source: RFC 6891. */
export const edns: TestRecord = {
  name: '',
  type: 41,
  recordClass: 1232,
  ttlSeconds: 0,
  data: Uint8Array.of(0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8),
}

export function wire(message: TestMessage): Uint8Array {
  const { id = 0, flags = answerFlags, questions = [], isCompressed = true } = message
  const sections = [message.answers ?? [], message.authorities ?? [], message.additionals ?? []]
  const writer = new Writer(isCompressed)
  for (const word of [id, flags, questions.length, ...sections.map(({ length }) => length)]) writer.u16(word)
  for (const { name, type, questionClass = 1 } of questions) writer.name(name).u16(type).u16(questionClass)
  for (const record of sections.flat()) writer.record(record)
  return writer.bytes()
}

class Writer {
  readonly #bytes: number[] = []
  readonly #known = new Map<string, number>()
  readonly #isCompressed: boolean

  constructor(isCompressed: boolean) {
    this.#isCompressed = isCompressed
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  u16(value: number): this {
    this.#bytes.push((value >>> 8) & 0xff, value & 0xff)
    return this
  }

  name(name: string): this {
    const labels = name === '' ? [] : name.split('.')
    for (const [index, label] of labels.entries()) {
      const rest = labels.slice(index).join('.')
      const known = this.#known.get(rest)
      if (this.#isCompressed && known !== undefined) return this.u16(0xc000 + known)
      this.#known.set(rest, this.#bytes.length)
      this.#bytes.push(label.length, ...Buffer.from(label, 'latin1'))
    }
    this.#bytes.push(0)
    return this
  }

  record({ name, type, recordClass = 1, ttlSeconds = 300, data }: TestRecord): void {
    this.name(name).u16(type).u16(recordClass)
    this.u16(Math.floor(ttlSeconds / 0x1_0000)).u16(ttlSeconds % 0x1_0000)
    const lengthAt = this.#bytes.length
    this.u16(0)
    if (typeof data === 'string') this.name(data)
    else this.#bytes.push(...data)
    const length = this.#bytes.length - lengthAt - 2
    this.#bytes.splice(lengthAt, 2, length >>> 8, length & 0xff)
  }
}

export function addressBytes(text: string): Uint8Array {
  const { version, value } = ip(text)
  const digits = value.toString(16).padStart(version === 4 ? 8 : 32, '0')
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

/** The data of an SVCB or HTTPS record. Parameters are written in the order in which they are given. */
export function serviceBinding(
  priority: number,
  target: string,
  params: readonly (readonly [key: number, value: Uint8Array])[] = [],
): Uint8Array {
  const writer = new Writer(false).u16(priority).name(target)
  const list = params.map(([key, value]) =>
    Buffer.concat([new Writer(false).u16(key).u16(value.length).bytes(), value]),
  )
  return Uint8Array.from(Buffer.concat([writer.bytes(), ...list]))
}

export interface TestEnds {
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
}

export const toServer: TestEnds = {
  source: '10.244.0.7',
  sourcePort: 40_000,
  destination: '10.96.0.10',
  destinationPort: 53,
}

export function reversed({ source, sourcePort, destination, destinationPort }: TestEnds): TestEnds {
  return {
    source: destination,
    sourcePort: destinationPort,
    destination: source,
    destinationPort: sourcePort,
  }
}

export function udpPacket(ends: TestEnds, data: Uint8Array): Uint8Array {
  const header = new Writer(false)
    .u16(ends.sourcePort)
    .u16(ends.destinationPort)
    .u16(8 + data.length)
    .u16(0)
  return ipPacket(ends, 17, Buffer.concat([header.bytes(), data]))
}

export interface TestSegment {
  readonly sequence: number
  readonly flags?: number
  readonly data?: Uint8Array
  readonly options?: Uint8Array
}

export const tcpFlags = { fin: 1, syn: 2, reset: 4, ack: 16 }

export function tcpPacket(ends: TestEnds, segment: TestSegment): Uint8Array {
  const { sequence, flags = tcpFlags.ack, data = new Uint8Array(0), options = new Uint8Array(0) } = segment
  const header = Buffer.alloc(20)
  header.writeUInt16BE(ends.sourcePort, 0)
  header.writeUInt16BE(ends.destinationPort, 2)
  header.writeUInt32BE(sequence, 4)
  header[12] = (5 + options.length / 4) << 4
  header[13] = flags
  return ipPacket(ends, 6, Buffer.concat([header, options, data]))
}

/** With `extensions`, that is what stands between the header of IPv6 and what is carried, and `protocol` is the first of it. */
export function ipPacket(
  { source, destination }: Pick<TestEnds, 'source' | 'destination'>,
  protocol: number,
  carried: Uint8Array,
): Uint8Array {
  const addresses = Buffer.concat([addressBytes(source), addressBytes(destination)])
  const isIpv6 = source.includes(':')
  const header = Buffer.alloc(isIpv6 ? 8 : 12)
  header[0] = isIpv6 ? 0x60 : 0x45
  header.writeUInt16BE(isIpv6 ? carried.length : 20 + carried.length, isIpv6 ? 4 : 2)
  header[isIpv6 ? 6 : 9] = protocol
  header[isIpv6 ? 7 : 8] = 64
  return Uint8Array.from(Buffer.concat([header, addresses, carried]))
}

/** As over TCP: the length before it. */
export function framed(...messages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    Buffer.concat(messages.flatMap((each) => [Uint8Array.of(each.length >>> 8, each.length & 0xff), each])),
  )
}

export const texts = (addresses: readonly Ip[]): string[] => addresses.map(formatIp)
