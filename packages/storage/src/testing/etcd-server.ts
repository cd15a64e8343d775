/** A real etcd of a test's own: one member or several, on free loopback ports, their data in temporary directories. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Machines that run tests are busy. */
const startsWithinMs = 30_000

/** Why tests with etcd can't run; undefined when they can. */
export const etcdMissing = isInstalled() ? undefined : 'etcd is not installed: apt-get install etcd-server'

/** Tells, where tests are skipped, why. */
export function suiteName(name: string): string {
  return etcdMissing === undefined ? name : `${name} (skipped: ${etcdMissing})`
}

export interface EtcdFiles {
  readonly cert: string
  readonly key: string
  readonly clientCa: string
}

export class EtcdServer {
  readonly endpoint: string
  readonly #args: readonly string[]
  readonly #directory: string
  #process: ChildProcess | undefined

  static async start(tls?: EtcdFiles): Promise<EtcdServer> {
    const server = new EtcdServer(0, [await freePort()], await freePort(), tls)
    server.start()
    await server.#listens()
    return server
  }

  /** Members of one etcd. Not a majority of them may be away at once. */
  static async startMembers(count: number): Promise<EtcdServer[]> {
    const ports = await Promise.all(Array.from({ length: 2 * count }, () => freePort()))
    const peers = ports.slice(count)
    const members = peers.map((_, n) => new EtcdServer(n, peers, ports[n] ?? 0, undefined))
    for (const member of members) member.start()
    return members
  }

  private constructor(index: number, peerPorts: readonly number[], port: number, tls: EtcdFiles | undefined) {
    this.endpoint = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
    this.#directory = mkdtempSync(join(tmpdir(), 'margay-etcd-'))
    const peers = peerPorts.map((peerPort) => `http://127.0.0.1:${peerPort}`)
    const peer = peers[index] ?? ''
    // Milliseconds. A lone member, too, waits that long before it leads itself; several need time to hear of each other.
    const [heartbeat, election] = peers.length === 1 ? ['10', '100'] : ['50', '500']
    this.#args = [
      ['--heartbeat-interval', heartbeat, '--election-timeout', election],
      ['--name', `m${index}`, '--data-dir', this.#directory, '--log-level', 'error', '--logger', 'zap'],
      ['--listen-client-urls', this.endpoint, '--advertise-client-urls', this.endpoint],
      [
        '--listen-peer-urls',
        peer,
        '--initial-advertise-peer-urls',
        peer,
        '--initial-cluster',
        peers.map((each, n) => `m${n}=${each}`).join(','),
      ],
      tls === undefined
        ? []
        : [
            '--cert-file',
            tls.cert,
            '--key-file',
            tls.key,
            '--client-cert-auth',
            '--trusted-ca-file',
            tls.clientCa,
          ],
    ].flat()
  }

  /** Again, with the same ports and data, after a kill. */
  start(): void {
    const child = spawn('etcd', this.#args, { stdio: 'ignore' })
    const stop = (): unknown => child.kill('SIGKILL')
    process.once('exit', stop)
    child.once('exit', () => process.removeListener('exit', stop))
    this.#process = child
  }

  /** Connections from now on are accepted: those made sooner would be refused, which not every client tries again. */
  async #listens(): Promise<void> {
    for (const since = performance.now(); performance.now() - since < startsWithinMs; await sleep(20)) {
      if (this.#process?.exitCode !== null) throw new Error(`etcd ended with ${this.#process?.exitCode}`)
      if (await accepts(new URL(this.endpoint))) return
    }
    throw new Error(`etcd did not listen on ${this.endpoint} within ${startsWithinMs} ms`)
  }

  /** Whether it leads the others; undefined when it does not answer, or knows of no leader. */
  async isLeader(): Promise<boolean | undefined> {
    try {
      const response = await fetch(`${this.endpoint}/v3/maintenance/status`, {
        method: 'POST',
        body: '{}',
        signal: AbortSignal.timeout(1000),
      })
      const { leader, header } = (await response.json()) as {
        leader?: string
        header?: { member_id?: string }
      }
      return leader === undefined || leader === '0' ? undefined : leader === header?.member_id
    } catch {
      return undefined
    }
  }

  /** By SIGKILL. Resolves once it is gone. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
  }

  /** As after a kill, and with nothing in it. */
  async killAndEmpty(): Promise<void> {
    await this.kill()
    rmSync(join(this.#directory, 'member'), { recursive: true, force: true })
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

function accepts({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    const end = (isAccepted: boolean): void => {
      socket.destroy()
      resolve(isAccepted)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

function isInstalled(): boolean {
  try {
    execFileSync('etcd', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const given = new Set<number>()

/**
 * Below those that Linux gives to whoever asks for any (ip_local_port_range, from 32768): until etcd has it, and while it is killed,
 * nobody else gets it by chance. None is given twice.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(16_384, 32_768)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
