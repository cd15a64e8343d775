/** A pod that drops datagrams before it looks at them, and counts them. */
import type { Lab, LabMember } from '@margay/lab'

const rules = `add table netdev bench
add chain netdev bench ingress { type filter hook ingress device "eth0" priority 0; policy accept; }
add rule netdev bench ingress meta l4proto udp counter drop
`

export async function swallow(lab: Lab, pod: LabMember): Promise<void> {
  await lab.runInNode(pod, 'nft', ['-f', '-'], rules)
}

export async function swallowed(lab: Lab, pod: LabMember): Promise<number> {
  const { stdout } = await lab.runInNode(pod, 'nft', ['list', 'table', 'netdev', 'bench'])
  return Number(/packets (\d+)/.exec(stdout)?.[1] ?? Number.NaN)
}
