/**
 * Opens TCP connections and closes them, one after the other. Each is reset by its opener, so that none holds its port.
 *
 * Runs in a pod's namespace. `connections.ts serve PORT` takes them, and closes them too; `connections.ts open ADDRESS PORT` prints
 * `ready`, and for each line `COUNT` on standard input opens so many, and prints the milliseconds that it took. Blocking system
 * calls all through: Node's own sockets would take more time than the kernel.
 */
import { createInterface } from 'node:readline'
import koffi from 'koffi'

const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int domain, int type, int protocol)')
const bind = libc.func('int bind(int fd, const void *address, uint32_t length)')
const listen = libc.func('int listen(int fd, int backlog)')
const accept = libc.func('int accept(int fd, void *address, void *length)')
const connect = libc.func('int connect(int fd, const void *address, uint32_t length)')
const setsockopt = libc.func(
  'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
)
const close = libc.func('int close(int fd)')

const [afInet, sockStream] = [2, 1]
const [solSocket, soLinger] = [1, 13]
/** struct linger: on, and zero seconds: closing sends a reset. */
const resetOnClose = Buffer.from('0100000000000000', 'hex')
const backlog = 4096

const [role, ...rest] = process.argv.slice(2)
if (role === 'serve') serve(Number(rest[0]))
else answer(socketAddress(rest[0] ?? '', Number(rest[1])))

/** Never returns: it is ended by a signal. */
function serve(port: number): void {
  const listener = Number(socket(afInet, sockStream, 0))
  check('bind', bind(listener, socketAddress('0.0.0.0', port), 16))
  check('listen', listen(listener, backlog))
  process.stdout.write('ready\n', () => {
    for (;;) close(accept(listener, null, null))
  })
}

function answer(address: Buffer): void {
  createInterface({ input: process.stdin })
    .on('line', (line) => console.log(open(address, Number(line))))
    .on('close', () => process.exit())
  console.log('ready')
}

function open(address: Buffer, count: number): number {
  const start = performance.now()
  for (let i = 0; i < count; i++) {
    const fd = Number(socket(afInet, sockStream, 0))
    setsockopt(fd, solSocket, soLinger, resetOnClose, resetOnClose.length)
    check('connect', connect(fd, address, address.length))
    close(fd)
  }
  return performance.now() - start
}

function check(call: string, result: unknown): void {
  if (result !== 0) throw new Error(`${call} failed with errno ${koffi.errno()}`)
}

function socketAddress(ip: string, port: number): Buffer {
  const buffer = Buffer.alloc(16)
  buffer.writeUInt16LE(afInet, 0)
  buffer.writeUInt16BE(port, 2)
  buffer.set(ip.split('.').map(Number), 4)
  return buffer
}
