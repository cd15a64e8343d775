import type { Group } from '../harness/bench.ts'
import { firstPacketSuite } from './first-packet.ts'
import { peersSuite } from './peers.ts'
import { throughputSuite } from './throughput.ts'

export const wireguardGroup: Group = {
  name: 'wireguard',
  about: 'what encryption between nodes costs, beside a tunnel made by hand (root, wireguard-go)',
  suites: (isQuick) => [throughputSuite(), firstPacketSuite(), peersSuite(isQuick ? 20 : 5000)],
}
