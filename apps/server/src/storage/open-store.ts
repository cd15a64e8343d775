/**
 * The store that a data directory belongs to: its own SQLite database, or an etcd that several servers share.
 *
 * Source  The options are those of kube-apiserver: --etcd-servers, --etcd-cafile, --etcd-certfile, --etcd-keyfile,
 *         --etcd-prefix. It has none for a name and a password: --etcd-username and --etcd-password-file are ours.
 */
import { join } from 'node:path'
import {
  type BackupSource,
  type EtcdLogin,
  type EtcdStoreOptions,
  type EtcdTls,
  openEtcdStore,
  SqliteSnapshot,
  SqliteStore,
  type Store,
  StoreIoError,
  StoreLockedError,
  StoreOpenError,
  StorePermissionError,
  StoreUnreachableError,
} from '@margay/storage'
import { systemFiles, systemRandom } from '../real-environment.ts'
import { StartupError } from '../startup-error.ts'
import { serverId } from './server-id.ts'

export interface EtcdOptions {
  /** `http://HOST:PORT` or `https://HOST:PORT`, one for each member. */
  readonly servers: readonly string[]
  /** What all our keys start with. Default `/margay/registry`. */
  readonly prefix?: string
  /** A PEM file: who may have signed etcd's certificate. */
  readonly caFile?: string
  /** PEM files: our certificate for etcd, and its key. */
  readonly certFile?: string
  readonly keyFile?: string
  /** For an etcd with authentication. The file has the password alone; a line feed at its end does not count. */
  readonly username?: string
  readonly passwordFile?: string
}

export function databasePath(dataDir: string): string {
  return join(dataDir, 'margay.db')
}

/** The directory must be there. @throws StartupError */
export async function openStore(dataDir: string, etcd?: EtcdOptions): Promise<Store> {
  try {
    return etcd === undefined
      ? new SqliteStore({ path: databasePath(dataDir) })
      : await openEtcd(etcd, await serverId(join(dataDir, 'server-id'), systemFiles, systemRandom))
  } catch (cause) {
    throw startupError(cause)
  }
}

/** What a data directory has at this moment; its server may run, and goes on. The database must be there. @throws StartupError */
export function openSnapshot(dataDir: string): BackupSource {
  try {
    return new SqliteSnapshot(databasePath(dataDir))
  } catch (cause) {
    throw startupError(cause)
  }
}

/** Beside the servers, with no journal of its own; it sees those of all of them. @throws StartupError */
export async function openSharedStore(etcd: EtcdOptions): Promise<Store> {
  try {
    return await openEtcd(etcd, 'no-server', 'all')
  } catch (cause) {
    throw startupError(cause)
  }
}

async function openEtcd(
  options: EtcdOptions,
  writer: string,
  journals: NonNullable<EtcdStoreOptions['journals']> = 'own',
): Promise<Store> {
  const { servers, prefix } = options
  const tls = await readTls(options)
  const login = await readLogin(options)
  return openEtcdStore({
    endpoints: servers,
    writer,
    journals,
    tls,
    ...(login === undefined ? {} : { login }),
    ...(prefix === undefined ? {} : { prefix }),
  })
}

async function readTls({ caFile, certFile, keyFile }: EtcdOptions): Promise<EtcdTls> {
  return {
    ...(caFile === undefined ? {} : { ca: await readText(caFile) }),
    ...(certFile === undefined ? {} : { cert: await readText(certFile) }),
    ...(keyFile === undefined ? {} : { key: await readText(keyFile) }),
  }
}

async function readLogin({ username: user, passwordFile }: EtcdOptions): Promise<EtcdLogin | undefined> {
  if (user === undefined || passwordFile === undefined) return undefined
  const password = (await readText(passwordFile)).replace(/\r?\n$/, '')
  if (password === '') throw new StartupError('DatabaseUnusable', `${passwordFile}: is empty`, undefined)
  return { user, password }
}

async function readText(path: string): Promise<string> {
  const text = await systemFiles.read(path)
  if (text === undefined) throw new StartupError('DatabaseUnusable', `${path}: no such file`, undefined)
  return text
}

function startupError(cause: unknown): unknown {
  if (cause instanceof StoreLockedError) return new StartupError('DatabaseLocked', cause.message, cause)
  if (cause instanceof StoreUnreachableError)
    return new StartupError('DatabaseUnreachable', cause.message, cause)
  if (
    cause instanceof StoreOpenError ||
    cause instanceof StoreIoError ||
    cause instanceof StorePermissionError
  )
    return new StartupError('DatabaseUnusable', cause.message, cause)
  return cause
}
