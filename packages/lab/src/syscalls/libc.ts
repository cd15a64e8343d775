/**
 * The C library's functions that the lab calls, each with the result as a number and errno beside it.
 *
 * Only synchronous calls on descriptors that never block are made: about 1 µs each, and errno is right. koffi's
 * asynchronous calls lose errno and would leave the thread whose namespace matters.
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
export const connect = native('int connect(int fd, const void *address, uint32_t length)')
export const listen = native('int listen(int fd, int backlog)')
export const accept4 = native('int accept4(int fd, void *address, void *length, int flags)')
export const send = native('intptr_t send(int fd, const void *data, size_t length, int flags)')
export const sendto = native(
  'intptr_t sendto(int fd, const void *data, size_t length, int flags, const void *address, uint32_t size)',
)
export const recv = native('intptr_t recv(int fd, void *data, size_t length, int flags)')
export const recvfrom = native(
  'intptr_t recvfrom(int fd, void *data, size_t length, int flags, void *address, void *size)',
)
export const recvmsg = native('intptr_t recvmsg(int fd, void *message, int flags)')
export const sendmmsg = native('int sendmmsg(int fd, void *messages, unsigned int count, int flags)')
export const recvmmsg = native(
  'int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout)',
)
export const setsockopt = native(
  'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
)
export const getsockopt = native('int getsockopt(int fd, int level, int name, void *value, void *length)')
export const getsockname = native('int getsockname(int fd, void *address, void *length)')
export const close = native('int close(int fd)')
export const ifNameToIndex = native('unsigned int if_nametoindex(const char *name)')
export const clockGetTime = native('int clock_gettime(int clock, void *time)')
export const epollCreate = native('int epoll_create1(int flags)')
export const epollControl = native('int epoll_ctl(int epoll, int operation, int fd, void *event)')
export const epollWait = native('int epoll_wait(int epoll, void *events, int maximum, int timeout)')

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
