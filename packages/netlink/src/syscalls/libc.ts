/**
 * The C library's functions that netlink needs, each with the result as a number and errno beside it.
 *
 * Only synchronous calls on descriptors that never block are made: about 1 µs each, and errno is right. koffi's
 * asynchronous calls lose errno and run on another thread.
 */
import koffi from 'koffi'

type Native = (...args: readonly unknown[]) => number

const libc = koffi.load('libc.so.6')

/** `ssize_t` is spelled `intptr_t`: koffi knows no ssize_t. */
function native(prototype: string): Native {
  return libc.func(prototype)
}

export const setns = native('int setns(int fd, int type)')
export const socket = native('int socket(int domain, int type, int protocol)')
export const bind = native('int bind(int fd, const void *address, uint32_t length)')
export const getsockname = native('int getsockname(int fd, void *address, void *length)')
export const send = native('intptr_t send(int fd, const void *data, size_t length, int flags)')
export const recv = native('intptr_t recv(int fd, void *data, size_t length, int flags)')
export const setsockopt = native(
  'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
)
export const prctl = native(
  'int prctl(int option, uint64_t second, uint64_t third, uint64_t fourth, uint64_t fifth)',
)
export const setrlimit = native('int setrlimit(int resource, const void *limit)')
export const close = native('int close(int fd)')

/** errno of the last call above. */
export function lastErrno(): number {
  return koffi.errno()
}

/** Address of a buffer made by `Buffer.allocUnsafeSlow`, which stays where it is as long as it is referenced. */
export function addressOf(buffer: Buffer): bigint {
  return BigInt(koffi.address(buffer))
}

export interface PollHandle {
  close(): void
}

/** Calls back on Node's event loop whenever `fd` is readable (level-triggered). */
export function pollReadable(fd: number, onReadable: () => void): PollHandle {
  return koffi.node.poll(fd, { readable: true }, onReadable)
}
