/** Where proxies ask: `unix:/run/margay/authz.sock`, `127.0.0.1:9191`, `[::]:9191`. */
import { BlockList, isIP } from 'node:net'
import { ListenError } from './listen-error.ts'

export type ListenAddress =
  | { readonly kind: 'Unix'; readonly path: string }
  /** `host` is an IP address; port 0 is any that is free. */
  | { readonly kind: 'Tcp'; readonly host: string; readonly port: number }

/** The kernel has room for 107 bytes; before it has its name, the socket is in a directory of its own, beside it. */
const maxPathBytes = 107
export const temporaryNameBytes = '/.m123456/s'.length

/** @throws ListenError that says what is allowed */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) return parseUnix(text.slice('unix:'.length), text)
  const colon = text.lastIndexOf(':')
  const [host, port] = [text.slice(0, Math.max(0, colon)), text.slice(colon + 1)]
  const address = hostAddress(host)
  if (address === undefined || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw notAllowed(text)
  return { kind: 'Tcp', host: address, port: Number(port) }
}

export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === 'Unix') return `unix:${address.path}`
  return isIP(address.host) === 6 ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** Whom no other machine reaches. */
export function isLoopback(host: string): boolean {
  return loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function parseUnix(path: string, text: string): ListenAddress {
  if (!path.startsWith('/') || path.endsWith('/') || path.includes('\0')) throw notAllowed(text)
  const directoryBytes = Buffer.byteLength(path.slice(0, path.lastIndexOf('/')))
  if (Buffer.byteLength(path) > maxPathBytes || directoryBytes + temporaryNameBytes > maxPathBytes) {
    throw new ListenError(
      `${path} is too long for a socket: at most ${maxPathBytes} bytes, ${maxPathBytes - temporaryNameBytes} of them for its directory`,
    )
  }
  return { kind: 'Unix', path }
}

function hostAddress(host: string): string | undefined {
  if (host === 'localhost') return '127.0.0.1'
  if (host.startsWith('[') && host.endsWith(']')) {
    const address = host.slice(1, -1)
    return isIP(address) === 6 ? address : undefined
  }
  return isIP(host) === 4 ? host : undefined
}

function notAllowed(text: string): ListenError {
  return new ListenError(
    `'${text}' is no address to listen on: allowed are unix:/PATH, IPV4:PORT, [IPV6]:PORT, and localhost:PORT`,
  )
}
