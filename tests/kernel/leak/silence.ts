/** What members of the lab answer, and what they do not. */
import type { Lab, LabMember } from '@margay/lab'
import { sourcePorts } from './source-ports.ts'
import { openPort } from './streams.ts'

/** UDP at a port of its own: datagrams of the streams must not be answered. */
export const echoPorts = { TCP: openPort, UDP: openPort + 2 } as const

/** What comes by the streams is seen by taps, and answered by nobody: each packet stays a new flow. */
export async function silence(lab: Lab, pod: LabMember): Promise<void> {
  const { first, last } = sourcePorts
  const rules = `add table inet silence
add chain inet silence input { type filter hook input priority 0; policy accept; }
add rule inet silence input udp sport ${first}-${last} udp dport != ${echoPorts.UDP} drop
`
  await lab.runInNode(pod, 'nft', ['-f', '-'], rules)
}

export function serveEchoes(lab: Lab, members: readonly LabMember[]): Promise<void> {
  return lab.serve(members, { tcp: [80, 443, echoPorts.TCP], udp: [echoPorts.UDP] })
}
