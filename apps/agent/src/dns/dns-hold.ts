/**
 * The tables by which the kernel hands over packets of DNS, and the queue in which it holds them.
 *
 * There is a program behind the queue before packets are led there, and they are led there no more before it goes. Should it go all the
 * same, they pass.
 */
import { type DnsOptions, dnsTableName, dnsTables } from '@margay/dataplane'
import { NftablesError, type PacketQueue, type PacketQueueOptions, type QueuedPacket } from '@margay/netlink'
import type { Table } from '@margay/netlink/nftables'
import { Enforcer } from '../kernel/enforcer.ts'
import type { RulesetDriver } from '../kernel/ruleset-driver.ts'
import type { TrustedServer } from './trusted-servers.ts'

export const dnsHoldTables: readonly Table[] = (['ip', 'ip6'] as const).map((family) => ({
  family,
  name: dnsTableName,
}))

export interface QueuePlace {
  /** 0-65535. */
  readonly number: number
  /** Packets, at least 1. */
  readonly maxLength: number
}

export interface HeldDns extends QueuePlace {
  readonly servers: readonly TrustedServer[]
  readonly interfacePrefixes: readonly string[]
}

export type OpenQueue = (
  place: QueuePlace,
  on: Pick<PacketQueueOptions, 'onPackets' | 'onLost' | 'onError'>,
) => Pick<PacketQueue, 'verdict' | 'close'>

export interface DnsHoldOptions {
  readonly driver: RulesetDriver
  readonly openQueue: OpenQueue
  readonly onPackets: (packets: readonly QueuedPacket[]) => void
  /** Takes one line at a time. */
  readonly log: (line: string) => void
}

type Open = QueuePlace & { readonly queue: ReturnType<OpenQueue> }

export class DnsHold {
  readonly #options: DnsHoldOptions
  readonly #enforcer: Enforcer
  #open: Open | undefined
  #wanted: HeldDns | undefined
  /** By what this kernel can: its own expression, or that of iptables. */
  #queueBy: DnsOptions['queueBy'] = 'nft'
  #lost = 0
  #stopWatching: (() => void) | undefined

  constructor(options: DnsHoldOptions) {
    this.#options = options
    this.#enforcer = new Enforcer(options.driver, dnsHoldTables)
  }

  /** Packets for which there was no room: they were delivered, and not learnt from. */
  get lost(): number {
    return this.#lost
  }

  /** Undefined: DNS is let be. To be called again after it threw. @throws NftablesError, NetlinkError, SyscallError */
  want(wanted: HeldDns | undefined): void {
    this.#wanted = wanted
    const before = this.#open
    const place = wanted === undefined ? undefined : this.#queueAt(wanted)
    if (place !== undefined) this.#open = place
    this.#enforce(wanted)
    if (before !== undefined && before !== place) before.queue.close('accept')
    this.#open = place
  }

  /** They go on. */
  accept(packets: readonly Pick<QueuedPacket, 'id'>[]): void {
    this.#open?.queue.verdict(
      packets.map(({ id }) => id),
      'accept',
    )
  }

  /** The tables stay, for the agent that comes: what they would queue passes until then. */
  close(): void {
    this.#stopWatching?.()
    this.#open?.queue.close('accept')
    this.#open = undefined
  }

  #queueAt({ number, maxLength }: QueuePlace): Open {
    const known = this.#open
    if (known?.number === number && known.maxLength === maxLength) return known
    if (known?.number === number) known.queue.close('accept')
    const { openQueue, onPackets, log } = this.#options
    const onLost = (packets: number) => {
      this.#lost += packets
    }
    const onError = (error: unknown) =>
      log(`queue of DNS: ${error instanceof Error ? error.message : String(error)}`)
    return { number, maxLength, queue: openQueue({ number, maxLength }, { onPackets, onLost, onError }) }
  }

  #enforce(wanted: HeldDns | undefined): void {
    try {
      this.#enforceBy(wanted)
    } catch (error) {
      if (!(error instanceof NftablesError) || wanted === undefined || this.#queueBy === 'xtables')
        throw error
      this.#queueBy = 'xtables'
      this.#enforceBy(wanted)
    }
    this.#stopWatching ??= this.#options.driver.watch(dnsHoldTables, (who) => this.#tampered(who))
  }

  #enforceBy(wanted: HeldDns | undefined): void {
    const queueBy = this.#queueBy
    this.#enforcer.enforce(
      wanted === undefined ? [] : dnsTables({ ...wanted, queue: wanted.number, queueBy }),
    )
    this.#enforcer.tidy()
  }

  #tampered(who: string): void {
    this.#options.log(`${who} changed tables ${dnsTableName}; they are mended`)
    this.#enforcer.forget()
    try {
      this.#enforce(this.#wanted)
    } catch (error) {
      this.#options.log(`tables ${dnsTableName}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
