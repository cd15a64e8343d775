/**
 * The store that a data directory belongs to: its own SQLite database, or an etcd that several servers share.
 *
 * Source  The options are those of kube-apiserver: --etcd-servers, --etcd-cafile, --etcd-certfile, --etcd-keyfile,
 *         --etcd-prefix.
 */
import { join } from 'node:path'
import {
  type EtcdTls,
  openEtcdStore,
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

/** Beside the servers, with no journal of its own. @throws StartupError */
export async function openSharedStore(etcd: EtcdOptions): Promise<Store> {
  try {
    return await openEtcd(etcd, 'no-server')
  } catch (cause) {
    throw startupError(cause)
  }
}

async function openEtcd({ servers, prefix, ...files }: EtcdOptions, writer: string): Promise<Store> {
  const tls = await readTls(files)
  return openEtcdStore({ endpoints: servers, writer, tls, ...(prefix === undefined ? {} : { prefix }) })
}

async function readTls({
  caFile,
  certFile,
  keyFile,
}: Omit<EtcdOptions, 'servers' | 'prefix'>): Promise<EtcdTls> {
  return {
    ...(caFile === undefined ? {} : { ca: await readPem(caFile) }),
    ...(certFile === undefined ? {} : { cert: await readPem(certFile) }),
    ...(keyFile === undefined ? {} : { key: await readPem(keyFile) }),
  }
}

async function readPem(path: string): Promise<string> {
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
