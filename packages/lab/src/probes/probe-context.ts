/**
 * What all probes, listeners and streams of one process share in one lab: the reactor, open namespaces, the sequence
 * of source ports, and the packets that are on their way.
 */
import { randomInt } from 'node:crypto'
import { encodeMark } from '../packets/mark.ts'
import { NetworkNamespace } from '../syscalls/network-namespace.ts'
import { Reactor } from '../syscalls/reactor.ts'
import { closeSocket } from '../syscalls/socket.ts'
import { SourcePorts } from './source-ports.ts'

/** A marked packet seen in a namespace. */
export interface Arrival {
  readonly netns: string
  /** IANA protocol number of the socket that saw it. */
  readonly protocol: number
  /** From the transport header on for raw sockets; the data for UDP. Valid during the call only. */
  readonly payload: Buffer
}

export type ArrivalHandler = (arrival: Arrival) => void

/** What the lab knows of an address. */
export interface AddressBook {
  /** The namespace that owns this address. */
  netnsOf(ip: string): string | undefined
  isServed(protocol: 'TCP' | 'UDP', ip: string, port: number): boolean
}

export class ProbeContext {
  readonly addresses: AddressBook
  readonly reactor = new Reactor()
  readonly sourcePorts = new SourcePorts(randomInt(0, 2 ** 31))
  /** In every mark of this process. */
  readonly run = randomInt(0, 2 ** 32)
  readonly #namespaces = new Map<string, NetworkNamespace>()
  readonly #expected = new Map<number, ArrivalHandler>()
  #sequence = 0

  constructor(addresses: AddressBook) {
    this.addresses = addresses
  }

  /** Runs `work` in the namespace; see NetworkNamespace.enter. */
  enter<Result>(netns: string, work: () => Result): Result {
    let namespace = this.#namespaces.get(netns)
    if (namespace === undefined) {
      namespace = NetworkNamespace.open(netns)
      this.#namespaces.set(netns, namespace)
    }
    return namespace.enter(work)
  }

  /** A new mark; `onArrival` hears of every packet that carries it until `forget`. */
  expect(onArrival: ArrivalHandler): { readonly sequence: number; readonly mark: Buffer } {
    this.#sequence = (this.#sequence + 1) % 2 ** 32
    this.#expected.set(this.#sequence, onArrival)
    return { sequence: this.#sequence, mark: encodeMark(this.run, this.#sequence) }
  }

  forget(sequence: number): void {
    this.#expected.delete(sequence)
  }

  arrived(sequence: number, arrival: Arrival): void {
    this.#expected.get(sequence)?.(arrival)
  }

  closeSocket(fd: number): void {
    this.reactor.unwatch(fd)
    closeSocket(fd)
  }

  /** Lets go of a namespace that is about to be deleted. */
  release(netns: string): void {
    this.#namespaces.get(netns)?.close()
    this.#namespaces.delete(netns)
  }

  close(): void {
    for (const namespace of this.#namespaces.values()) namespace.close()
    this.#namespaces.clear()
    this.reactor.close()
  }
}
