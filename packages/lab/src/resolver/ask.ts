/** Questions to a resolver, and connections, as a program in a pod makes them. */
import { createSocket, type Socket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { connect as connectTcp } from 'node:net'
import type { Question, Resolved } from './client-task.ts'
import { queryMessage, readMessage } from './messages.ts'

const answerWithinMs = 5000

export function ask(question: Question, resolver: Resolver): Promise<Resolved> {
  const asked = { 'c-ares': askCares, udp: askUdp, tcp: askTcp }[question.by](question, resolver)
  return asked.catch((error: Error) => ({
    addresses: [],
    records: 0,
    isTruncated: false,
    error: error.message,
  }))
}

/** Of the library, for one server. */
export function resolverAt(server: string): Resolver {
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  resolver.setServers([server.includes(':') ? `[${server}]:53` : `${server}:53`])
  return resolver
}

async function askCares({ name, type }: Question, resolver: Resolver): Promise<Resolved> {
  const addresses = type === 'AAAA' ? await resolver.resolve6(name) : await resolver.resolve4(name)
  return { addresses, records: addresses.length, isTruncated: false }
}

function askUdp(question: Question): Promise<Resolved> {
  const socket = udpSocketFor(question.server)
  const { promise, resolve, reject } = Promise.withResolvers<Resolved>()
  const id = Math.floor(Math.random() * 0x10000)
  const timer = setTimeout(() => reject(new Error('no answer')), answerWithinMs)
  socket.on('error', reject)
  socket.on('message', (message) => {
    const said = readMessage(message)
    if (said.id === id) resolve(said)
  })
  socket.send(queryMessage(question, id, 'udp', question.payloadBytes), 53, question.server)
  return promise.finally(() => {
    clearTimeout(timer)
    socket.close()
  })
}

export function udpSocketFor(server: string): Socket {
  return createSocket(server.includes(':') ? 'udp6' : 'udp4')
}

function askTcp(question: Question): Promise<Resolved> {
  const { promise, resolve, reject } = Promise.withResolvers<Resolved>()
  const id = Math.floor(Math.random() * 0x10000)
  const socket = connectTcp({ host: question.server, port: 53 })
  const timer = setTimeout(() => reject(new Error('no answer')), answerWithinMs)
  let heard = Buffer.alloc(0)
  socket.once('error', reject)
  socket.once('connect', () => socket.write(queryMessage(question, id, 'tcp')))
  socket.on('data', (data) => {
    heard = Buffer.concat([heard, data])
    if (heard.length >= 2 && heard.length >= 2 + heard.readUInt16BE(0))
      resolve(readMessage(heard.subarray(2)))
  })
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}

/** Milliseconds until the connection was there; undefined: not in time. It is reset then. */
export function connectionMs(address: string, port: number, withinMs: number): Promise<number | undefined> {
  const since = performance.now()
  return new Promise((resolve) => {
    const socket = connectTcp({ host: address, port })
    const end = (ms: number | undefined) => {
      clearTimeout(timer)
      socket.resetAndDestroy()
      resolve(ms)
    }
    const timer = setTimeout(() => end(undefined), withinMs)
    socket.once('error', () => end(undefined))
    socket.once('connect', () => {
      const ms = performance.now() - since
      end(ms <= withinMs ? ms : undefined)
    })
  })
}
