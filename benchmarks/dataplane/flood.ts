/**
 * Sends UDP datagrams that each open a new flow: every destination port once, from one source port after the other. One
 * sendmmsg(2) sends 1,024 of them, so that hardly anything but the kernel's own work is measured.
 *
 * Runs in the sending pod's namespace. Argument: the IPv4 address to send to. Prints `ready`; for each line `COUNT` on
 * standard input it sends so many, and prints the milliseconds that it took. Ends with its standard input.
 */
import { createInterface } from 'node:readline'
import koffi from 'koffi'

const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int domain, int type, int protocol)')
const bind = libc.func('int bind(int fd, const void *address, uint32_t length)')
const close = libc.func('int close(int fd)')
const sendmmsg = libc.func('int sendmmsg(int fd, void *messages, unsigned int count, int flags)')

const [afInet, sockDgram] = [2, 2]
const batchSize = 1024
/** Sizes of C structures on a 64-bit Linux, in bytes. */
const sizeOf = { sockaddrIn: 16, iovec: 16, msghdr: 56, mmsghdr: 64 } as const

const destination = (process.argv[2] ?? '').split('.').map(Number)
const payload = Buffer.allocUnsafeSlow(8).fill(0)
const iovec = makeIovec()
const addresses = Buffer.allocUnsafeSlow(batchSize * sizeOf.sockaddrIn).fill(0)
const messages = makeMessages()

function makeIovec(): Buffer {
  const buffer = Buffer.allocUnsafeSlow(sizeOf.iovec)
  buffer.writeBigUInt64LE(addressOf(payload), 0)
  buffer.writeBigUInt64LE(BigInt(payload.length), 8)
  return buffer
}

/** struct mmsghdr[]: name, length of the name, iovec, count of iovecs; the rest is zero. */
function makeMessages(): Buffer {
  const buffer = Buffer.allocUnsafeSlow(batchSize * sizeOf.mmsghdr).fill(0)
  for (let i = 0; i < batchSize; i++) {
    const at = i * sizeOf.mmsghdr
    buffer.writeBigUInt64LE(addressOf(addresses) + BigInt(i * sizeOf.sockaddrIn), at)
    buffer.writeUInt32LE(sizeOf.sockaddrIn, at + 8)
    buffer.writeBigUInt64LE(addressOf(iovec), at + 16)
    buffer.writeBigUInt64LE(1n, at + 24)
  }
  return buffer
}

function addressOf(buffer: Buffer): bigint {
  return BigInt(koffi.address(buffer))
}

/** A socket with its own source port, for up to 64 batches with a destination port for each datagram. */
function openFrom(sourcePort: number): number {
  const fd = Number(socket(afInet, sockDgram, 0))
  if (fd < 0 || bind(fd, socketAddress([0, 0, 0, 0], sourcePort), sizeOf.sockaddrIn) !== 0)
    throw new Error(`can't bind port ${sourcePort}`)
  return fd
}

function socketAddress(ip: readonly number[], port: number): Buffer {
  const buffer = Buffer.allocUnsafeSlow(sizeOf.sockaddrIn).fill(0)
  buffer.writeUInt16LE(afInet, 0)
  buffer.writeUInt16BE(port, 2)
  buffer.set(ip, 4)
  return buffer
}

const lowestSourcePort = 10_000
/** Destination ports go from 1,024 to 61,439: 59 batches. */
const batchesPerSourcePort = 59
let sentBatches = 0
/** In the kernel, since the last question. */
let spentMs = 0

/** @throws Error when the kernel takes less than a whole batch */
function sendBatch(): void {
  const sourcePort = lowestSourcePort + (Math.floor(sentBatches / batchesPerSourcePort) % 50_000)
  const firstPort = 1024 + (sentBatches % batchesPerSourcePort) * batchSize
  for (let i = 0; i < batchSize; i++)
    addresses.set(socketAddress(destination, firstPort + i), i * sizeOf.sockaddrIn)
  const fd = openFrom(sourcePort)
  const start = performance.now()
  const sent = Number(sendmmsg(fd, messages, batchSize, 0))
  spentMs += performance.now() - start
  close(fd)
  if (sent !== batchSize) throw new Error(`the kernel took ${sent} of ${batchSize} datagrams`)
  sentBatches++
}

function send(count: number): number {
  spentMs = 0
  for (let sent = 0; sent < count; sent += batchSize) sendBatch()
  return spentMs
}

createInterface({ input: process.stdin })
  .on('line', (line) => console.log(send(Number(line))))
  .on('close', () => process.exit())
console.log('ready')
