import { chmodSync, existsSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { recordedEvents, temporaryDirectory } from '../transport.testkit.ts'
import type { ListenAddress } from './listen-address.ts'
import { ListenError } from './listen-error.ts'
import { checkListenOptions, Listener } from './listener.ts'

async function open(address: ListenAddress, socketMode?: number): Promise<Listener> {
  const server = createServer((socket) => socket.end('hello'))
  const listener = await Listener.open(server, { address, socketMode }, recordedEvents().events)
  onTestFinished(() => listener.close())
  return listener
}

function hello({ address }: Listener): Promise<string> {
  const socket =
    address.kind === 'Unix' ? createConnection(address.path) : createConnection(address.port, address.host)
  return new Promise((resolve) => {
    socket.once('data', (data) => resolve(String(data)))
    socket.once('error', ({ message }) => resolve(message))
  })
}

describe('Unix sockets', () => {
  const unix = (directory = temporaryDirectory()) =>
    ({ kind: 'Unix', path: join(directory, 'authz.sock') }) as const
  const mode = (path: string) => statSync(path).mode & 0o777

  test('mode 0660 unless told, and nothing is left beside it', async () => {
    const directory = temporaryDirectory()
    const listener = await open(unix(directory))
    expect(mode(unix(directory).path)).toBe(0o660)
    expect(readdirSync(directory)).toEqual(['authz.sock'])
    expect(await hello(listener)).toBe('hello')
    listener.close()
    expect(readdirSync(directory)).toEqual([])
  })

  test('another mode', async () => {
    const address = unix()
    await open(address, 0o666)
    expect(mode(address.path)).toBe(0o666)
  })

  test('what a server left that is gone is replaced', async () => {
    const address = unix()
    await leaveBehind(address.path)
    expect(existsSync(address.path)).toBe(true)
    expect(await hello(await open(address))).toBe('hello')
  })

  test('one that listens is not replaced', async () => {
    const address = unix()
    const first = await open(address)
    await expect(open(address)).rejects.toThrow(new ListenError(`another process listens on ${address.path}`))
    expect(await hello(first)).toBe('hello')
  })

  test('a file that is no socket, or a link to one, is left alone', async () => {
    const address = unix()
    writeFileSync(address.path, 'mine')
    await expect(open(address)).rejects.toThrow(`${address.path} is there already, and is no socket`)
    const linked = unix()
    symlinkSync(address.path, linked.path)
    await expect(open(linked)).rejects.toThrow('is no socket')
  })

  test('a directory that is not there is made, and not those around it', async () => {
    const path = join(temporaryDirectory(), 'margay', 's')
    expect(await hello(await open({ kind: 'Unix', path }))).toBe('hello')
    await expect(open({ kind: 'Unix', path: '/no/such/directory/s' })).rejects.toThrow(
      /^can't listen on \/no\/such\/directory\/s: ENOENT/,
    )
  })

  test('a server that stops does not take the name from one that has it now', async () => {
    const address = unix()
    const first = await open(address)
    renameSync(address.path, `${address.path}.old`)
    const second = await open(address)
    first.close()
    expect(await hello(second)).toBe('hello')
  })
})

/** As a process does that is killed: the name stays, and nobody answers. */
async function leaveBehind(path: string): Promise<void> {
  const server = createServer()
  await listening(server, path)
  renameSync(path, `${path}.kept`)
  await new Promise((resolve) => server.close(resolve))
  renameSync(`${path}.kept`, path)
  chmodSync(path, 0o600)
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve) => server.listen(path, resolve))
}

describe('TCP', () => {
  const loopback = (port: number) => ({ kind: 'Tcp', host: '127.0.0.1', port }) as const

  test('any free port', async () => {
    const listener = await open(loopback(0))
    expect(listener.address).not.toEqual(loopback(0))
    expect(await hello(listener)).toBe('hello')
  })

  test('a port that is taken', async () => {
    const { address } = await open(loopback(0))
    await expect(open(address)).rejects.toThrow(/^can't listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/)
  })
})

describe('what there may be', () => {
  const tls = { cert: 'c', key: 'k' }
  const anywhere = { kind: 'Tcp', host: '0.0.0.0', port: 1 } as const
  const loopback = { kind: 'Tcp', host: '::1', port: 1 } as const
  const unix = { kind: 'Unix', path: '/s' } as const

  test.each([
    { address: loopback },
    { address: loopback, tls },
    { address: anywhere, tls },
    { address: unix },
  ])('%j', (options) => expect(() => checkListenOptions(options)).not.toThrow())

  test('plain text is for loopback addresses and Unix sockets alone, TLS for TCP', () => {
    expect(() => checkListenOptions({ address: anywhere })).toThrow(
      '0.0.0.0:1 needs a certificate and its key',
    )
    expect(() => checkListenOptions({ address: unix, tls })).toThrow('unix:/s takes no certificate')
  })
})
