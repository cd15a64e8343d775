/**
 * A server of DNS whose answers tests can foresee: `node authority.ts ADDRESS PORT [NUMBER]` prints `ready`, and ends with its standard
 * input. NUMBER is behind which address rotation begins, 0 unless told.
 *
 * rotate.test, *.rotate.test   another address with each question, TTL 1
 * fixed-N.test                 the N-th address always, TTL 300
 * many-N.test                  N addresses, TTL 60
 * chain-N.test                 N aliases that lead to fixed-1.test, TTL 5
 * hints.test                   of type HTTPS: hints of the addresses of fixed-2.test
 * silent.test, *.silent.test   no answer at all
 * everything else              NXDOMAIN
 *
 * Addresses are 100.64.0.0/16 and fd64::/112, counted from 1.
 */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { type Answer, decode, encode, type Packet, streamEncode } from 'dns-packet'

const [address = '127.0.0.1', port = '5353', firstRotation = '0'] = process.argv.slice(2)
let rotation = Number(firstRotation)

/** Of the number 1 to 65535. */
function addressOf(number: number, type: 'A' | 'AAAA'): string {
  const index = ((number - 1) % 0xffff) + 1
  return type === 'A' ? `100.64.${index >> 8}.${index & 0xff}` : `fd64::${index.toString(16)}`
}

function answersTo(name: string, type: string): Answer[] | undefined {
  if (type !== 'A' && type !== 'AAAA' && type !== 'HTTPS') return []
  const [, kind = '', numberText = ''] =
    /^(?:.*\.)?(rotate|hints|fixed-|many-|chain-)(\d*)\.test$/i.exec(name) ?? []
  const number = Number(numberText)
  const record = (at: number, ttl: number, owner = name): Answer[] =>
    type === 'HTTPS' ? [] : [{ name: owner, type, ttl, data: addressOf(at, type) }]
  switch (kind.toLowerCase()) {
    case 'rotate':
      return record(++rotation, 1)
    case 'fixed-':
      return record(number, 300)
    case 'many-':
      return Array.from({ length: number }, (_, index) => record(1000 + index, 60)).flat()
    case 'chain-':
      return [...aliases(name, number), ...record(1, 5, 'fixed-1.test')]
    case 'hints':
      return type === 'HTTPS' ? [hints(name)] : record(2, 300)
    default:
      return undefined
  }
}

function aliases(name: string, count: number): Answer[] {
  const names = [
    name,
    ...Array.from({ length: count - 1 }, (_, index) => `link-${index}.edge.test`),
    'fixed-1.test',
  ]
  return names
    .slice(0, -1)
    .map((owner, index) => ({ name: owner, type: 'CNAME', ttl: 5, data: names[index + 1] ?? '' }))
}

/** Source: RFC 9460: priority 1, the owner itself, ipv4hint (4) and ipv6hint (6). */
function hints(name: string): Answer {
  const data = Buffer.from([
    0,
    1,
    0,
    0,
    4,
    0,
    4,
    100,
    64,
    0,
    2,
    0,
    6,
    0,
    16,
    0xfd,
    0x64,
    ...Array(13).fill(0),
    2,
  ])
  return { name, type: 'UNKNOWN_65', ttl: 300, data } as unknown as Answer
}

/** Where 512 bytes, or what the question says, are too few: truncated. Source: RFC 1035 4.2.1, RFC 6891. */
function reply(question: Packet, most: number): Packet {
  const [first] = question.questions ?? []
  const answers =
    first === undefined ? undefined : answersTo(first.name, String(first.type).replace('UNKNOWN_65', 'HTTPS'))
  const base = { type: 'response', id: question.id ?? 0, questions: question.questions ?? [] } as const
  if (answers === undefined) return { ...base, flags: 0x0483 }
  const whole: Packet = { ...base, flags: 0x0480, answers }
  return encode(whole).length <= most ? whole : { ...base, flags: 0x0680 }
}

function isSilent({ questions = [] }: Packet): boolean {
  return questions.some(({ name }) => /^(.*\.)?silent\.test$/i.test(name))
}

function sizeOf({ additionals = [] }: Packet): number {
  const opt = additionals.find((it) => it.type === 'OPT')
  return opt !== undefined && 'udpPayloadSize' in opt ? Math.max(512, opt.udpPayloadSize ?? 512) : 512
}

const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
udp.on('message', (message, { port: from, address: to }) => {
  const question = decode(message)
  if (!isSilent(question)) udp.send(encode(reply(question, sizeOf(question))), from, to)
})
const tcp = createServer((socket) => {
  let waiting = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (data) => {
    waiting = Buffer.concat([waiting, data])
    for (let length = nextLength(waiting); waiting.length >= length; length = nextLength(waiting)) {
      socket.write(streamEncode(reply(decode(waiting.subarray(2, length)), 0xffff)))
      waiting = waiting.subarray(length)
    }
  })
})

function nextLength(waiting: Buffer): number {
  return waiting.length < 2 ? Number.POSITIVE_INFINITY : 2 + waiting.readUInt16BE(0)
}

udp.bind(Number(port), address, () => tcp.listen(Number(port), address, () => console.log('ready')))
process.stdin.once('end', () => process.exit()).resume()
