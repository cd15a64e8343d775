/** The API server over a store that is handed in: built-in objects made sure of, then listening. */
import type { Store } from '@margay/storage'
import type { AuditTrail } from './audit/audit-trail.ts'
import { AuditedStore } from './audit/audited-store.ts'
import { Auditor } from './audit/auditor.ts'
import { authorizeMasters } from './authentication/authorize.ts'
import type { Clock, Log, Random } from './environment.ts'
import { listen, type TlsOptions } from './http/listen.ts'
import { createOpenApi } from './openapi/documents.ts'
import { ensureBuiltIns } from './rest/built-ins.ts'
import { WriteLock } from './rest/write-lock.ts'
import { createApi } from './routing/api.ts'

export interface ServerOptions {
  /** Stays the caller's: close it after the server. */
  readonly store: Store
  readonly tls: TlsOptions
  /** An address or name of this machine; 0.0.0.0 and :: are all of them. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly clock: Clock
  readonly log: Log
  readonly random: Random
  /** Undefined: nothing is recorded. It stays the caller's: close it after the server. */
  readonly audit?: AuditTrail
}

export interface Server {
  readonly port: number
  /** Where a client on this machine reaches it. */
  readonly url: string
  close(): Promise<void>
}

/** Rejects with the system's error (`code` EADDRINUSE, EACCES, EADDRNOTAVAIL, ...) when it can't listen there. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { store, clock, log, random, tls, host, port, audit } = options
  const environment = { store, clock, log, random, writes: new WriteLock() }
  const auditor = audit === undefined ? undefined : new Auditor(audit, random)
  await ensureBuiltIns(
    auditor === undefined ? environment : { ...environment, store: new AuditedStore(store, auditor.ownWork) },
  )
  audit?.wake()
  const api = createApi(environment, authorizeMasters, createOpenApi(), auditor)
  const listener = await listen(api, tls, host, port)
  return { port: listener.port, url: urlOf(host, listener.port), close: () => listener.close() }
}

export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `https://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
