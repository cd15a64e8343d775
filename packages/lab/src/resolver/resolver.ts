/** A real resolver (dnsmasq) in a namespace of a lab, in front of a server whose answers can be foreseen: see `authority.ts`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface ResolverOptions {
  /** As `ip netns` knows it. */
  readonly netns: string
  /** Where it listens, at port 53 of UDP and TCP. */
  readonly addresses: readonly string[]
}

export interface Resolver {
  stop(): Promise<void>
}

const authorityPort = 5353

/** Nothing is cached: each question is answered anew. @throws Error when one of both does not start */
export async function startResolver({ netns, addresses }: ResolverOptions): Promise<Resolver> {
  const authority = spawnIn(netns, process.execPath, [
    join(import.meta.dirname, 'authority.ts'),
    '127.0.0.1',
    String(authorityPort),
  ])
  await said(authority, authority.stdout, /^ready/, 'the authority')
  const resolver = spawnIn(netns, 'dnsmasq', [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--pid-file=',
    '--user=root',
    '--no-resolv',
    '--no-hosts',
    '--cache-size=0',
    '--dns-forward-max=10000',
    '--log-facility=-',
    '--bind-interfaces',
    `--server=127.0.0.1#${authorityPort}`,
    ...addresses.map((address) => `--listen-address=${address}`),
  ])
  await said(resolver, resolver.stderr, /started/, 'dnsmasq')
  return { stop: async () => void (await Promise.all([resolver, authority].map(end))) }
}

function spawnIn(netns: string, command: string, args: readonly string[]): ChildProcess {
  return spawn('ip', ['netns', 'exec', netns, command, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
}

function said(
  child: ChildProcess,
  stream: NodeJS.ReadableStream | null,
  line: RegExp,
  what: string,
): Promise<void> {
  const heard: string[] = []
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`${what} did not start: ${heard.slice(-3).join(' / ')}`))
    child.once('close', fail)
    child.once('error', fail)
    for (const it of [child.stdout, child.stderr])
      if (it !== null)
        createInterface({ input: it }).on('line', (text) => {
          heard.push(text)
          if (it === stream && line.test(text)) resolve()
        })
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  await ended
}
