/** A real resolver (dnsmasq) in a namespace of a lab, in front of a server whose answers can be foreseen: see `authority.ts`. */
import { join } from 'node:path'
import { Program } from '../namespaces/program.ts'

export interface ResolverOptions {
  /** As `ip netns` knows it. */
  readonly netns: string
  /** Where it listens, at port 53 of UDP and TCP. */
  readonly addresses: readonly string[]
  /** Behind which of the addresses rotation begins: two resolvers give others. 0 unless told. */
  readonly firstRotation?: number
}

export interface Resolver {
  stop(): Promise<void>
}

const authorityPort = 5353

/** Nothing is cached: each question is answered anew. @throws Error when one of both does not start */
export async function startResolver({
  netns,
  addresses,
  firstRotation = 0,
}: ResolverOptions): Promise<Resolver> {
  const program = join(import.meta.dirname, 'authority.ts')
  const authority = await Program.start(
    {
      netns,
      command: process.execPath,
      args: [program, '127.0.0.1', String(authorityPort), String(firstRotation)],
    },
    /^ready/,
  )
  const resolver = await Program.start(
    { netns, command: 'dnsmasq', args: optionsFor(addresses) },
    /started/,
  ).catch((error: unknown) => authority.stop().then(() => Promise.reject(error)))
  return { stop: async () => void (await Promise.all([resolver.stop(), authority.stop()])) }
}

function optionsFor(addresses: readonly string[]): string[] {
  return [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--pid-file=',
    // Another group would take away what ends it with us: prctl(2), PR_SET_PDEATHSIG.
    '--user=root',
    '--group=root',
    '--no-resolv',
    '--no-hosts',
    '--cache-size=0',
    '--dns-forward-max=10000',
    '--log-facility=-',
    '--bind-interfaces',
    `--server=127.0.0.1#${authorityPort}`,
    ...addresses.map((address) => `--listen-address=${address}`),
  ]
}
