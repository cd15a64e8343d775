/**
 * `margay server`: one directory holds the database and the certificates; everything real is built here and handed in.
 */
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Store } from '@margay/storage'
import { AuditLog, AuditWriteError } from './audit/audit-log.ts'
import { type AuditPolicy, defaultAuditPolicy } from './audit/audit-policy.ts'
import { AuditTrail } from './audit/audit-trail.ts'
import { AuditPolicyError, parseAuditPolicy } from './audit/parse-audit-policy.ts'
import { type AuthenticationOptions, readAuthentication } from './authentication/run-options.ts'
import type { Log } from './environment.ts'
import { type LimitOptions, maxOpenFiles, runLimits } from './http/run-limits.ts'
import { admin, ensurePki, type Pki } from './pki/ensure-pki.ts'
import { watchExpiry } from './pki/expiry.ts'
import { formatKubeconfig } from './pki/kubeconfig.ts'
import { systemClock, systemFiles, systemRandom } from './real-environment.ts'
import { type Server, startServer } from './start-server.ts'
import { StartupError, systemCode } from './startup-error.ts'
import { type EtcdOptions, openStore } from './storage/open-store.ts'
import { httpLists } from './threat-feeds/http-lists.ts'
import { readListOptions, type ThreatFeedOptions } from './threat-feeds/run-options.ts'

export interface RunOptions {
  /** Made if it is missing, with access for the owner alone. */
  readonly dataDir: string
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Where to write the administrator's kubeconfig; by default `kubeconfig` in the data directory. */
  readonly kubeconfigPath?: string
  /** Further addresses and names that clients call the server by. */
  readonly names?: readonly string[]
  readonly audit?: AuditOptions
  readonly authentication?: AuthenticationOptions
  /** By default as `defaultLimits`, as far as this process may have files open. */
  readonly limits?: LimitOptions
  readonly threatFeeds?: ThreatFeedOptions
  /** By default everything is kept in the data directory. */
  readonly etcd?: EtcdOptions
  /** Aborting stops the server. */
  readonly signal: AbortSignal
  /** Takes one line for a person at a time. */
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
}

export interface AuditOptions {
  /** By default `audit` in the data directory. */
  readonly directory?: string
  /** A file with an audit.k8s.io/v1 Policy; by default changes are recorded in full, and reads not at all. */
  readonly policyPath?: string
  /** Bytes. */
  readonly maxFileBytes?: number
  readonly maxFiles?: number
  readonly maxAgeDays?: number
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly kubeconfigPath: string
  /** Ends watches, closes connections and the database. Calling it again waits for the same end. */
  close(): Promise<void>
}

/** Serves until the signal aborts. @throws StartupError */
export async function runServer(options: RunOptions): Promise<void> {
  const server = await openServer(options)
  options.print(`margay server listens on ${server.url}, data in ${options.dataDir}`)
  options.print(`kubeconfig: ${server.kubeconfigPath}`)
  await aborted(options.signal)
  await server.close()
}

/** Resolves once the server listens. @throws StartupError */
export async function openServer(options: Omit<RunOptions, 'signal' | 'print'>): Promise<RunningServer> {
  const { dataDir } = options
  const kubeconfigPath = options.kubeconfigPath ?? join(dataDir, 'kubeconfig')
  await makeDirectories(dataDir, kubeconfigPath)
  const store = await writable(dataDir, () => openStore(dataDir, options.etcd))
  try {
    const pki = await writable(join(dataDir, 'pki'), () =>
      ensurePki(join(dataDir, 'pki'), systemFiles, pkiOptions(options)),
    )
    return await serve(options, store, pki, kubeconfigPath)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function serve(
  options: Omit<RunOptions, 'signal' | 'print'>,
  store: Store,
  pki: Pki,
  kubeconfigPath: string,
): Promise<RunningServer> {
  const audit = await openAudit(options, store)
  try {
    const server = await start(options, store, pki, audit)
    await writeKubeconfig(kubeconfigPath, server, pki)
    const stopNotices = watchExpiry(pki, systemClock, logTo(options.printError))
    return running(server, audit, store, kubeconfigPath, stopNotices)
  } catch (error) {
    await audit.close()
    throw error
  }
}

async function openAudit(
  { dataDir, audit = {}, printError }: Pick<RunOptions, 'dataDir' | 'audit' | 'printError'>,
  store: Store,
): Promise<AuditTrail> {
  const { directory = join(dataDir, 'audit'), policyPath, ...limits } = audit
  try {
    const policy = await readAuditPolicy(policyPath)
    const log = await AuditLog.open({ directory, clock: systemClock, ...limits })
    const errors = logTo(printError)
    return await AuditTrail.open({ log, policy, store, clock: systemClock, errors })
  } catch (cause) {
    if (cause instanceof AuditWriteError || cause instanceof AuditPolicyError)
      throw new StartupError('AuditUnusable', cause.message, cause)
    throw cause
  }
}

async function readAuditPolicy(path: string | undefined): Promise<AuditPolicy> {
  if (path === undefined) return defaultAuditPolicy
  const text = await systemFiles.read(path)
  if (text === undefined) throw new AuditPolicyError(`${path}: no such file`)
  return parseAuditPolicy(text, path)
}

async function makeDirectories(dataDir: string, kubeconfigPath: string): Promise<void> {
  await writable(dataDir, () => mkdir(join(dataDir, 'pki'), { recursive: true, mode: 0o700 }))
  await writable(dirname(kubeconfigPath), () =>
    mkdir(dirname(kubeconfigPath), { recursive: true, mode: 0o700 }),
  )
}

async function writable<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (cause) {
    const code = systemCode(cause)
    if (code === undefined) throw cause
    throw new StartupError('DirectoryNotWritable', `cannot write to ${path}: ${reasonOf(code)}`, cause)
  }
}

function pkiOptions({ host, names = [] }: Pick<RunOptions, 'host' | 'names'>): {
  now: Date
  names: readonly string[]
} {
  const isWildcard = host === '0.0.0.0' || host === '::'
  return { now: systemClock.now(), names: isWildcard ? names : [host, ...names] }
}

async function start(
  {
    dataDir,
    host,
    port,
    printError,
    authentication = {},
    limits,
    threatFeeds,
  }: Omit<RunOptions, 'signal' | 'print'>,
  store: Store,
  { server, caCert }: Pki,
  audit: AuditTrail,
): Promise<Server> {
  const parts = await readAuthentication(authentication, join(dataDir, 'pki'), systemFiles)
  const { frontProxyCa, ...identity } = parts
  const tls = { ...server, clientCa: caCert, ...(frontProxyCa === undefined ? {} : { frontProxyCa }) }
  const environment = { store, clock: systemClock, random: systemRandom, log: logTo(printError) }
  const bounds = runLimits(limits, await maxOpenFiles(systemFiles))
  const fetchList = httpLists(await readListOptions(threatFeeds, systemFiles))
  try {
    return await startServer({
      ...environment,
      ...identity,
      tls,
      host,
      port,
      audit,
      limits: bounds,
      fetchList,
    })
  } catch (cause) {
    throw listenError(cause, host, port)
  }
}

function listenError(cause: unknown, host: string, port: number): unknown {
  switch (systemCode(cause)) {
    case 'EADDRINUSE':
      return new StartupError(
        'AddressInUse',
        `port ${port} on ${host} is already in use; choose another one`,
        cause,
      )
    case 'EACCES':
      return new StartupError('AddressNotAllowed', `not allowed to listen on port ${port} of ${host}`, cause)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartupError('AddressNotFound', `${host} is not an address of this machine`, cause)
    default:
      return cause
  }
}

async function writeKubeconfig(path: string, { url }: Server, { caCert, admin: client }: Pki): Promise<void> {
  const content = formatKubeconfig({ server: url, caCert, client, user: admin.user })
  await writable(path, () => systemFiles.write(path, content, true))
}

function running(
  server: Server,
  audit: AuditTrail,
  store: Store,
  kubeconfigPath: string,
  stopNotices: () => void,
): RunningServer {
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    stopNotices()
    await server.close()
    await audit.close()
    await store.close()
  }
  return {
    url: server.url,
    port: server.port,
    kubeconfigPath,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function logTo(printError: (line: string) => void): Log {
  return {
    info: (message) => printError(message),
    error: (message, cause) => printError(cause instanceof Error ? `${message}: ${cause.message}` : message),
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function reasonOf(code: string): string {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EEXIST: 'a file of that name is in the way',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of the path is not a directory',
    EROFS: 'the file system is read-only',
  }
  return reasons[code] ?? code
}
