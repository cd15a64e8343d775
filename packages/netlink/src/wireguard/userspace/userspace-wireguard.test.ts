import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WireguardDecodeError, WireguardError } from '../errors.ts'
import type { WireguardControl } from '../model.ts'
import { PrivateKey } from '../private-key.ts'
import { openUserspaceWireguard } from './userspace-wireguard.ts'

const key = PrivateKey.ofBytes(new Uint8Array(32).fill(0x48))
let folder: string
let socketPath: string
let server: Server | undefined
let control: WireguardControl | undefined
let connections: Set<Socket>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'uapi-'))
  socketPath = join(folder, 'wg.sock')
  connections = new Set()
})
afterEach(() => {
  control?.close()
  for (const each of connections) each.destroy()
  server?.close()
  server = undefined
  rmSync(folder, { recursive: true })
})

/** `answer` is called with each whole request. */
async function serve(answer: (request: string, socket: Socket) => void): Promise<void> {
  server = createServer((socket) => {
    connections.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (text.endsWith('\n\n')) answer(text, socket)
    })
  })
  await new Promise<void>((resolve) => server?.listen(socketPath, resolve))
}

function open(options: { timeoutMs?: number; maxAnswerBytes?: number } = {}): WireguardControl {
  control = openUserspaceWireguard({ socketPath, ...options })
  return control
}

/** What it was rejected with. */
async function failure(work: Promise<unknown>): Promise<Error> {
  try {
    await work
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('it did not fail')
}

test('an answer that comes byte by byte is read', async () => {
  await serve(async (_, socket) => {
    for (const byte of 'listen_port=7\nerrno=0\n\n') {
      socket.write(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
  })
  expect(await open().read()).toMatchObject({ listenPort: 7, peers: [] })
})

test('changes of many peers are several requests, in the order of calls', async () => {
  const requests: string[] = []
  await serve((request, socket) => {
    requests.push(request)
    socket.write('errno=0\n\n')
  })
  const peers = Array.from({ length: 2500 }, (_, index) => ({
    publicKey: Buffer.alloc(32, `${index} `).toString('base64'),
  }))
  const device = open()
  await Promise.all([device.change({ privateKey: key, peers }), device.change({ fwmark: 9 })])
  const peersOf = (request: string) => request.split('\n').filter((line) => line.startsWith('public_key'))
  expect(requests.map((request) => peersOf(request).length)).toEqual([1000, 1000, 500, 0])
  expect(new Set(requests.flatMap(peersOf)).size).toBe(2500)
  expect(requests.map((request) => request.includes('private_key'))).toEqual([true, false, false, false])
  expect(requests[3]).toBe('set=1\nfwmark=9\n\n')
})

test('a request that can not be is refused before any part of it is sent', async () => {
  let requests = 0
  await serve((_, socket) => {
    requests++
    socket.write('errno=0\n\n')
  })
  const peers = Array.from({ length: 1001 }, () => ({ publicKey: key.publicKey }))
  const work = open().change({ peers: [...peers, { publicKey: 'none' }] })
  expect(await failure(work)).toBeInstanceOf(RangeError)
  expect(requests).toBe(0)
})

test.each([
  ['errno=-98\n\n', 'EADDRINUSE'],
  [`private_key=${'48'.repeat(32)}\nerrno=-22\n\n`, 'EINVAL'],
])('a refusal is an error without the key', async (answer, errno) => {
  await serve((_, socket) => void socket.write(answer))
  const error = await failure(open().change({ privateKey: key }))
  expect(error).toBeInstanceOf(WireguardError)
  expect(error).toMatchObject({ errno })
  expect(error.message).toContain(`change WireGuard device at ${socketPath}: ${errno}`)
  expect(`${error.stack}`).not.toMatch(/(48){8}|SEhISEhI/)
})

test('who never answers is left after the time that was given, and the next request is not held up', async () => {
  let isSilent = true
  await serve((_, socket) => void (isSilent || socket.write('errno=0\n\n')))
  const device = open({ timeoutMs: 50 })
  const error = await failure(device.change({ privateKey: key }))
  expect(error.message).toBe(
    `change WireGuard device at ${socketPath}: ETIMEDOUT (no answer in time): after 50 ms`,
  )
  isSilent = false
  await device.change({ privateKey: key })
})

test('who sends without end is left', async () => {
  await serve((_, socket) => {
    const more = () => {
      while (socket.writable && socket.write('x=1\n'.repeat(5000)));
      if (socket.writable) socket.once('drain', more)
    }
    more()
  })
  const error = await failure(open({ maxAnswerBytes: 100_000 }).read())
  expect(error.message).toContain('EMSGSIZE (too long): more than 100000 bytes')
})

test('who hangs up in the middle gave no answer', async () => {
  await serve((_, socket) => void socket.end('listen_port=7\n'))
  expect(await failure(open().read())).toMatchObject({ errno: 'ENODATA' })
})

test('an answer that is none of the protocol is an error of its own', async () => {
  await serve((_, socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\n\n'))
  expect(await failure(open().read())).toBeInstanceOf(WireguardDecodeError)
})

test('a device whose process is gone says so', async () => {
  const error = await failure(open().read())
  expect(error).toMatchObject({ errno: 'ENOENT', isWithoutDevice: true })
  await serve((_, socket) => void socket.write('errno=0\n\n'))
  await open().read()
})

test('closing ends what waits', async () => {
  await serve(() => {})
  const device = open()
  const waiting = failure(device.read())
  device.close()
  expect(await waiting).toMatchObject({ errno: 'ECANCELED' })
  expect(await failure(device.read())).toMatchObject({ errno: 'ECANCELED' })
})
