/** What is outside of the cluster, in a namespace of a lab: something listens at each address that `authority.ts` gives. */
import { join } from 'node:path'
import { ipBatch } from '../namespaces/ip-command.ts'
import { Program } from '../namespaces/program.ts'

/** Of all answers of `authority.ts`. */
export const internetCidrs = { ipv4: '100.64.0.0/16', ipv6: 'fd64::/112' } as const
export const internetPort = 443

export interface Internet {
  stop(): Promise<void>
}

/** @throws Error when its program does not start, CommandFailedError */
export async function startInternet(netns: string): Promise<Internet> {
  await ipBatch(
    [internetCidrs.ipv4, internetCidrs.ipv6].map((cidr) => `route replace local ${cidr} dev lo`),
    { netns },
  )
  const program = join(import.meta.dirname, 'internet-server.ts')
  return Program.start({ netns, command: process.execPath, args: [program, String(internetPort)] }, /^ready/)
}

/** In the namespace of a node: the way to the internet is through another node, one address of each IP version. */
export async function routeToInternet(netns: string, via: readonly string[]): Promise<void> {
  const lines = via.map((ip) => {
    const isIpv6 = ip.includes(':')
    return `route replace ${isIpv6 ? internetCidrs.ipv6 : internetCidrs.ipv4} via ${ip}`
  })
  await ipBatch(lines, { netns })
}
