/** What a node learnt of names, and what it did not ▶ metrics. Pure. */

import type { Metric } from '@margay/metrics'
import type { FollowedNames } from '../dns/follow-names.ts'

export type CountedNames = Pick<FollowedNames, 'cache' | 'observer' | 'hold' | 'learner'>

export function namesMetrics(hostname: string, { cache, observer, hold, learner }: CountedNames): Metric[] {
  const one = (name: string, type: Metric['type'], help: string, value: number): Metric => ({
    name: `margay_dns_${name}`,
    type,
    help,
    samples: [{ labels: { hostname }, value }],
  })
  const byReason = (name: string, help: string, counts: Readonly<Record<string, number>>): Metric => ({
    name: `margay_dns_${name}`,
    type: 'counter',
    help,
    samples: Object.entries(counts).map(([reason, value]) => ({ labels: { hostname, reason }, value })),
  })
  const { queries, learnt, ignored } = observer.counts
  return [
    one('queries_total', 'counter', 'Questions to trusted servers that were seen', queries),
    one('answers_learnt_total', 'counter', 'Answers of which something was learnt', learnt),
    byReason('messages_ignored_total', 'Messages that taught nothing, by why', ignored),
    byReason(
      'records_refused_total',
      'Records that were not learnt, or made room for others, by why',
      cache.counts,
    ),
    one('records', 'gauge', 'Addresses and aliases that are known now', cache.size),
    one(
      'unread_packets_total',
      'counter',
      'Packets for which the queue had no room: delivered, not learnt',
      hold.lost,
    ),
    one('untaught_total', 'counter', 'Times that the kernel could not be told at once', learner.untaught),
  ]
}
