/** Follows what others do to the ruleset. */
import { NETLINK_NETFILTER } from '../message/constants.ts'
import type { NetlinkMessage } from '../message/messages.ts'
import { NetlinkEvents } from '../socket/netlink-events.ts'
import { NFNLGRP_NFTABLES } from './constants.ts'
import { type GenerationEvent, type ObjectEvent, readEvent } from './decode/decode-event.ts'

export type ForeignChange =
  /** One transaction. */
  | (Omit<GenerationEvent, 'kind'> & { readonly kind: 'changed'; readonly objects: readonly ObjectEvent[] })
  /** Events did not fit into the buffer: anything may have changed. */
  | { readonly kind: 'lost' }

export interface Watch {
  stop(): void
}

/** `onChange` must not throw. All transactions but those of the socket with this port. @throws SyscallError */
export function watchForeignChanges(
  port: number,
  netns: string | undefined,
  onChange: (change: ForeignChange) => void,
): Watch {
  const transactions = new Transactions(onChange)
  const events = NetlinkEvents.open(NETLINK_NETFILTER, {
    ...(netns === undefined ? {} : { netns }),
    exceptPort: port,
    groups: [NFNLGRP_NFTABLES],
    onMessages: (messages) => transactions.take(messages),
    onLost: () => transactions.lose(),
    // What can't be read may have been anything.
    onError: () => transactions.lose(),
  })
  return { stop: () => events.close() }
}

/** Gathers objects until the message that ends their transaction. */
class Transactions {
  readonly #onChange: (change: ForeignChange) => void
  /** By table, kind and action: a thousand new elements of one table are one. */
  readonly #objects = new Map<string, ObjectEvent>()

  constructor(onChange: (change: ForeignChange) => void) {
    this.#onChange = onChange
  }

  take(messages: readonly NetlinkMessage[]): void {
    for (const change of messages.flatMap((message) => this.#read(message))) this.#onChange(change)
  }

  lose(): void {
    this.#objects.clear()
    this.#onChange({ kind: 'lost' })
  }

  #read(message: NetlinkMessage): ForeignChange[] {
    const event = readEvent(message)
    if (event === undefined) return []
    if (event.kind === 'object') {
      const { table, object, action } = event
      this.#objects.set([table.family, object, action, table.name].join(' '), event)
      return []
    }
    const objects = [...this.#objects.values()]
    this.#objects.clear()
    return [{ ...event, kind: 'changed', objects }]
  }
}
