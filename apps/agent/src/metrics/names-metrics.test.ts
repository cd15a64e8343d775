import { formatMetrics } from '@margay/metrics'
import { type Ip, parseIp } from '@margay/netset'
import { expect, test } from 'vitest'
import { NameCache } from '../dns/cache/name-cache.ts'
import { DnsObserver } from '../dns/dns-observer.ts'
import { type CountedNames, namesMetrics } from './names-metrics.ts'

test('what was learnt and what was not is counted, by why', () => {
  const cache = new NameCache({ lifetimes: { floorSeconds: 0, extraSeconds: 0 } })
  const observer = new DnsObserver(cache)
  const ip = parseIp('203.0.113.1') as Ip
  const answer = {
    question: { name: 'a.com', type: 1 },
    aliases: [],
    addresses: [{ name: 'a.com', address: ip, ttlSeconds: 60 }],
  }
  cache.learn(answer, { server: ip, client: ip }, 0)
  observer.observe([{ payload: new Uint8Array(3) }], 0)
  const counted = { cache, observer, hold: { lost: 7 }, learner: { untaught: 2 } } as unknown as CountedNames
  const text = formatMetrics(namesMetrics('node-1', counted))
  expect(text).toContain('margay_dns_records{hostname="node-1"} 1\n')
  expect(text).toContain('margay_dns_messages_ignored_total{hostname="node-1",reason="no-packet"} 1\n')
  expect(text).toContain('margay_dns_unread_packets_total{hostname="node-1"} 7\n')
  expect(text).toContain('margay_dns_untaught_total{hostname="node-1"} 2\n')
  expect(text).toContain('margay_dns_records_refused_total{hostname="node-1",reason="full"} 0\n')
})
