/**
 * The tables by which the kernel hands over packets of DNS, the queue in which it holds answers, and the log in which it puts copies of questions.
 *
 * There is a program behind the queue before packets are led there, and they are led there no more before it goes. Should it go all the
 * same, they pass.
 */

import type { Clock } from '@margay/client'
import { type DnsOptions, dnsTableName, dnsTables } from '@margay/dataplane'
import {
  type LoggedPacket,
  NftablesError,
  type PacketLog,
  type PacketQueue,
  type PacketQueueOptions,
  type QueuedPacket,
} from '@margay/netlink'
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

/** The group has the queue's number. */
export type OpenLog = (group: number) => Pick<PacketLog, 'read' | 'lost' | 'close'>

export interface DnsHoldOptions {
  readonly driver: RulesetDriver
  readonly openQueue: OpenQueue
  readonly openLog: OpenLog
  readonly clock: Pick<Clock, 'after'>
  /** Also of none, where questions may wait: see `questions`. */
  readonly onPackets: (packets: readonly QueuedPacket[]) => void
  /** Takes one line at a time. */
  readonly log: (line: string) => void
}

type Open = QueuePlace & { readonly queue: ReturnType<OpenQueue>; readonly questions: ReturnType<OpenLog> }

/** Questions that nobody answers are read all the same, before there are too many for the socket. */
const readQuestionsMs = 200

export class DnsHold {
  readonly #options: DnsHoldOptions
  readonly #enforcer: Enforcer
  #open: Open | undefined
  #wanted: HeldDns | undefined
  /** By what this kernel can: its own expression, or that of iptables. */
  #queueBy: DnsOptions['queueBy'] = 'nft'
  #lost = 0
  #stopWatching: (() => void) | undefined
  #cancelReading: (() => void) | undefined

  constructor(options: DnsHoldOptions) {
    this.#options = options
    this.#enforcer = new Enforcer(options.driver, dnsHoldTables)
  }

  /** Packets for which there was no room: they were delivered, and not learnt from. */
  get lost(): number {
    return this.#lost + (this.#open?.questions.lost ?? 0)
  }

  /** Those that came before whatever `onPackets` has told: to be looked at first. They are on their way. */
  questions(): readonly LoggedPacket[] {
    try {
      return this.#open?.questions.read() ?? []
    } catch (error) {
      this.#options.log(`questions of DNS: ${error instanceof Error ? error.message : String(error)}`)
      return []
    }
  }

  /** Undefined: DNS is let be. To be called again after it threw. @throws NftablesError, NetlinkError, SyscallError */
  want(wanted: HeldDns | undefined): void {
    this.#wanted = wanted
    const before = this.#open
    const place = wanted === undefined ? undefined : this.#queueAt(wanted)
    if (place !== undefined) this.#open = place
    this.#enforce(wanted)
    if (before !== undefined && before !== place) this.#shut(before)
    this.#open = place
    this.#readLater()
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
    this.#cancelReading?.()
    if (this.#open !== undefined) this.#shut(this.#open)
    this.#open = undefined
  }

  #shut({ queue, questions }: Open): void {
    this.#lost += questions.lost
    questions.close()
    queue.close('accept')
  }

  #readLater(): void {
    this.#cancelReading?.()
    this.#cancelReading = undefined
    if (this.#open === undefined) return
    this.#cancelReading = this.#options.clock.after(readQuestionsMs, () => {
      this.#options.onPackets([])
      this.#readLater()
    })
  }

  #queueAt({ number, maxLength }: QueuePlace): Open {
    const known = this.#open
    if (known?.number === number && known.maxLength === maxLength) return known
    if (known?.number === number) this.#shut(known)
    const { openQueue, openLog, onPackets, log } = this.#options
    const onLost = (packets: number) => {
      this.#lost += packets
    }
    const onError = (error: unknown) =>
      log(`queue of DNS: ${error instanceof Error ? error.message : String(error)}`)
    const questions = openLog(number)
    try {
      const queue = openQueue({ number, maxLength }, { onPackets, onLost, onError })
      return { number, maxLength, queue, questions }
    } catch (error) {
      questions.close()
      throw error
    }
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
