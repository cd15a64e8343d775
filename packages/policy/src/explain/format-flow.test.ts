import { parseIp } from '@margay/netset'
import { expect, test } from 'vitest'
import type { Flow } from '../model/flow.ts'
import { formatFlow } from './format-flow.ts'

const outside = (address: string) => ({ endpoint: undefined, address: parseIp(address) })
const flow: Flow = {
  source: outside('192.0.2.9'),
  destination: outside('192.0.2.10'),
  ipVersion: 4,
  protocol: 6,
  sourcePort: 49_152,
  destinationPort: 443,
  icmp: undefined,
}

test.each<[Partial<Flow>, string]>([
  [{}, '192.0.2.9 → 192.0.2.10 TCP 443'],
  [{ sourcePort: undefined }, '192.0.2.9 → 192.0.2.10 TCP 443'],
  [{ sourcePort: 20 }, '192.0.2.9 → 192.0.2.10 TCP 443 from port 20'],
  [{ protocol: 47, sourcePort: undefined, destinationPort: undefined }, '192.0.2.9 → 192.0.2.10 47'],
  [
    { protocol: 1, sourcePort: undefined, destinationPort: undefined, icmp: { type: 8, code: 0 } },
    '192.0.2.9 → 192.0.2.10 ICMP type 8 code 0',
  ],
  [{ http: { method: 'GET', path: '/a' } }, '192.0.2.9 → 192.0.2.10 TCP 443 GET /a'],
  [{ source: { endpoint: undefined, address: undefined } }, 'outside → 192.0.2.10 TCP 443'],
])('%j reads %s', (part, text) => expect(formatFlow({ ...flow, ...part })).toBe(text))
