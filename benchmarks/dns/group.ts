import type { Group } from '../harness/bench.ts'
import { answerDelaySuite } from './answer-delay.ts'
import { firstConnectionSuite } from './first-connection.ts'

export const dnsGroup: Group = {
  name: 'dns',
  about:
    'what it costs to learn names before answers are delivered, and whether connections need a second try (root, dnsmasq)',
  suites: () => [answerDelaySuite(), firstConnectionSuite()],
}
