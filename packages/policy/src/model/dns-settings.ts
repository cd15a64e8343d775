import type { DnsServer } from '@margay/resources'

/**
 * How a node learns which addresses names have. It decides nothing about who may talk to whom: rules with names do.
 *
 * Source  spec/dataplane.md 7.2.
 */
export interface DnsSettings {
  /** Whose answers are believed, each once. None: nothing is learnt. */
  readonly trustedServers: readonly DnsServer[]
  /** DelayDNSResponse: an answer is held until the kernel knows its addresses. NoDelay: it is not, and the first packets may be dropped. */
  readonly mode: 'NoDelay' | 'DelayDNSResponse'
  /** Beyond the life of each record, at least 0. May be a fraction, as may be all times here. */
  readonly extraTtlSeconds: number
  /** Between two times that all that was learnt is written down, at least 1. */
  readonly cacheSaveSeconds: number
  /** Another number than before: all that was learnt is forgotten. */
  readonly cacheEpoch: number
  /** Of the queue, 0-65535. */
  readonly queueNumber: number
  /** How many packets are held at once, at least 1; others are delivered, and not learnt from. */
  readonly queueSize: number
  /** What the settings say that can't be, and what is done instead; a line for each. */
  readonly problems: readonly string[]
}
