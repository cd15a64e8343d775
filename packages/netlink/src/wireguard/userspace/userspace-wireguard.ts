/** The device of a process such as wireguard-go, by its socket `/var/run/wireguard/IFACE.sock`. */
import { WireguardError } from '../errors.ts'
import type { WireguardChange, WireguardControl, WireguardDevice } from '../model.ts'
import { decodeGet, decodeSet } from './decode-get.ts'
import { encodeSet, getRequest } from './encode-set.ts'
import { exchange } from './exchange.ts'

export interface UserspaceWireguardOptions {
  readonly socketPath: string
  /** For each request; 5 s. */
  readonly timeoutMs?: number
  /** Longer ones are refused; 64 MiB, some 100,000 peers. */
  readonly maxAnswerBytes?: number
}

/** Nothing is asked until the first call. */
export function openUserspaceWireguard(options: UserspaceWireguardOptions): WireguardControl {
  return new UserspaceWireguard(options)
}

/** So that each request is done within its time. */
const peersPerRequest = 1000

class UserspaceWireguard implements WireguardControl {
  readonly #options: Required<UserspaceWireguardOptions>
  readonly #closed = new AbortController()
  /** Requests are sent in the order of calls, one after the other. */
  #previous: Promise<unknown> = Promise.resolve()

  constructor(options: UserspaceWireguardOptions) {
    this.#options = { timeoutMs: 5000, maxAnswerBytes: 64 << 20, ...options }
  }

  async read(): Promise<WireguardDevice> {
    const { errno, device } = decodeGet(await this.#ask('read', getRequest))
    if (errno !== undefined) throw new WireguardError(this.#what('read'), errno)
    return device
  }

  async change(change: WireguardChange): Promise<void> {
    // All are encoded first: what is not valid stops the change before any of it is done.
    const requests = parts(change).map(encodeSet)
    await this.#inTurn(async () => {
      for (const request of requests) await this.#set(request)
    })
  }

  close(): void {
    this.#closed.abort()
  }

  async #set(request: string): Promise<void> {
    const errno = decodeSet(await this.#exchange('change', request))
    if (errno !== undefined) throw new WireguardError(this.#what('change'), errno)
  }

  #ask(verb: string, request: string): Promise<string> {
    return this.#inTurn(() => this.#exchange(verb, request))
  }

  #exchange(verb: string, request: string): Promise<string> {
    return exchange(request, { ...this.#options, what: this.#what(verb), signal: this.#closed.signal })
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#previous.then(work)
    this.#previous = result.catch(() => {})
    return result
  }

  #what(verb: string): string {
    return `${verb} WireGuard device at ${this.#options.socketPath}`
  }
}

/** A change of many peers, as several: peers stay in order. */
function parts({ peers = [], ...device }: WireguardChange): WireguardChange[] {
  const first = { ...device, peers: peers.slice(0, peersPerRequest) }
  const rest = Array.from({ length: Math.ceil(peers.length / peersPerRequest) - 1 }, (_, index) => ({
    peers: peers.slice((index + 1) * peersPerRequest, (index + 2) * peersPerRequest),
  }))
  return [first, ...rest]
}
