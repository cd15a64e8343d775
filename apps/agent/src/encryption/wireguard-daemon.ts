/**
 * wireguard-go for kernels without WireGuard: one process for each device. It outlives the agent, so that a restart of the agent does not
 * disturb anybody, and is found again by its name and network namespace.
 *
 * Its socket is at a fixed path (spec/dataplane.md 6.5). Where the agent works in another namespace than its own, several nodes may be on
 * one machine: each process then gets a mount namespace in which that path is its own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { inNetworkNamespace } from '@margay/netlink'

export interface WireguardDaemon {
  readonly processId: number
  readonly socketPath: string
}

export class WireguardDaemonError extends Error {
  override readonly name = 'WireguardDaemonError'
}

const program = 'wireguard-go'
const socketDirectory = '/var/run/wireguard'
const startWithinMs = 5000
const lookEveryMs = 10

/** The one that runs this device in this namespace; undefined: there is none. */
export function findDaemon(name: string, netns: string | undefined): WireguardDaemon | undefined {
  const namespace = inNetworkNamespace(netns, () => readlinkSync('/proc/thread-self/ns/net'))
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && isDaemon(entry, name, namespace)) {
      return { processId: Number(entry), socketPath: socketOf(entry, name) }
    }
  }
  return undefined
}

/** Below the root of the process, where a link that leads elsewhere, as /var/run does, would lead out of it again. */
function socketOf(processId: string, name: string): string {
  return `/proc/${processId}/root${realpathSync(dirname(socketDirectory))}/${basename(socketDirectory)}/${name}.sock`
}

/** Processes come and go while they are looked at. */
function isDaemon(processId: string, name: string, namespace: string): boolean {
  try {
    const [command = '', ...rest] = readFileSync(`/proc/${processId}/cmdline`, 'utf8').split('\0')
    if (basename(command) !== program || !rest.includes(name)) return false
    return readlinkSync(`/proc/${processId}/ns/net`) === namespace
  } catch {
    return false
  }
}

export interface DaemonOptions {
  /** As `ip netns` knows it; without it, the process's own. */
  readonly netns: string | undefined
  /** Where it writes what went wrong, from the start of the file on: a pipe would end it with the agent. */
  readonly logPath: string
}

/**
 * Starts one, and resolves when it listens.
 *
 * @throws WireguardDaemonError when it is not installed, ends, or does not listen in time
 */
export async function startDaemon(name: string, { netns, logPath }: DaemonOptions): Promise<WireguardDaemon> {
  const child = spawnDaemon(name, netns, logPath)
  const ended = endOf(child)
  const deadline = performance.now() + startWithinMs
  for (;;) {
    const daemon = findDaemon(name, netns)
    if (daemon !== undefined && existsSync(daemon.socketPath)) {
      child.unref()
      return daemon
    }
    const reason = await Promise.race([ended, later(lookEveryMs)])
    if (reason !== undefined)
      throw new WireguardDaemonError(
        `${program} for ${name}: ${[reason, lastLineOf(logPath)].filter(Boolean).join(': ')}`,
      )
    if (performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new WireguardDaemonError(`${program} for ${name} does not listen after ${startWithinMs / 1000} s`)
    }
  }
}

/** Leads a session of its own: what ends the agent does not end it. */
function spawnDaemon(name: string, netns: string | undefined, logPath: string): ChildProcess {
  const [command, args] = netns === undefined ? ([program, ['-f', name]] as const) : apart(name)
  mkdirSync(dirname(logPath), { recursive: true, mode: 0o700 })
  const log = openSync(logPath, 'w', 0o600)
  try {
    return inNetworkNamespace(netns, () =>
      spawn(command, args, { detached: true, cwd: '/', stdio: ['ignore', log, log], env: environment() }),
    )
  } finally {
    closeSync(log)
  }
}

/** A shell, since a directory has to be mounted between two steps. */
function apart(name: string): readonly [string, readonly string[]] {
  mkdirSync(socketDirectory, { recursive: true, mode: 0o700 })
  const script = `mount -t tmpfs -o mode=700 tmpfs ${socketDirectory} && exec ${program} -f "$0"`
  return ['unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, name]]
}

/** Nothing of the agent's own: it may hold credentials. */
function environment(): NodeJS.ProcessEnv {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin' } = process.env
  // It says on its own that a kernel module would be better, and asks to be told that this is known.
  return { PATH, WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD: '1', LOG_LEVEL: 'error' }
}

/** Resolves to why it is not there. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? 'it is not installed (package wireguard-go)' : `${error.code}`),
    )
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`))
  })
}

function lastLineOf(logPath: string): string {
  return readFileSync(logPath, 'utf8').trim().split('\n').at(-1) ?? ''
}

function later(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined))
}
