/** The API server over a store that is handed in: built-in objects made sure of, then listening. */
import type { Store } from '@margay/storage'
import { AssertedPolicy } from './admission/assertions/asserted-policy.ts'
import { AssertionGuard } from './admission/assertions/assertion-guard.ts'
import { HoldsReporter } from './admission/assertions/holds-reporter.ts'
import { AgentMonitor } from './agents/agent-monitor.ts'
import type { AuditTrail } from './audit/audit-trail.ts'
import { AuditedStore } from './audit/audited-store.ts'
import { Auditor } from './audit/auditor.ts'
import { createIdentity, type Identity, type TokenIssuer } from './authentication/identity.ts'
import type { FetchJson } from './authentication/oidc/jwks-source.ts'
import type { OidcOptions } from './authentication/oidc/oidc-tokens.ts'
import { parseAuthorities } from './authentication/peer.ts'
import { AggregateWriter } from './authorization/aggregate-writer.ts'
import { authorizerChain } from './authorization/authorizer-chain.ts'
import { ensureBootstrapRoles } from './authorization/bootstrap/ensure-roles.ts'
import { LiveRights } from './authorization/live-rights.ts'
import { mastersAuthorizer } from './authorization/masters.ts'
import { nodeAuthorizer } from './authorization/node-restriction.ts'
import type { Access } from './authorization/request-access.ts'
import type { Clock, Environment, Log, Random } from './environment.ts'
import type { Limits } from './http/limits.ts'
import { type Listener, listen, type TlsOptions } from './http/listen.ts'
import type { Timeouts } from './http/timeouts.ts'
import { createOpenApi } from './openapi/documents.ts'
import { ensureBuiltIns } from './rest/built-ins.ts'
import { WriteLock } from './rest/write-lock.ts'
import { createApi } from './routing/api.ts'
import { reviews } from './routing/reviews.ts'
import type { FetchList } from './threat-feeds/fetch-list.ts'
import { httpLists } from './threat-feeds/http-lists.ts'
import { ThreatFeeds } from './threat-feeds/threat-feeds.ts'

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
  /** Of tokens of service accounts. */
  readonly tokens: TokenIssuer
  /** Common names of front proxies, if there is an authority for them; none means any. */
  readonly frontProxyNames?: readonly string[]
  readonly oidc?: OidcOptions & { readonly fetchJson: FetchJson }
  /** Undefined: nothing is recorded. It stays the caller's: close it after the server. */
  readonly audit?: AuditTrail
  /** Of threat feeds. By default over HTTP, and not from this machine. */
  readonly fetchList?: FetchList
  readonly timeouts?: Timeouts
  readonly limits?: Limits
}

export interface Server {
  readonly port: number
  /** Where a client on this machine reaches it. */
  readonly url: string
  close(): Promise<void>
}

/** Rejects with the system's error (`code` EADDRINUSE, EACCES, EADDRNOTAVAIL, ...) when it can't listen there. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { store, clock, log, random, tls, host, port, audit, fetchList = httpLists() } = options
  const asserted = new AssertedPolicy({ store, clock, log })
  const assertions = new AssertionGuard(asserted)
  const environment = { store, clock, log, random, writes: new WriteLock(), assertions }
  const auditor = audit === undefined ? undefined : new Auditor(audit, random)
  const own =
    auditor === undefined ? environment : { ...environment, store: new AuditedStore(store, auditor.ownWork) }
  await ensureBuiltIns(own)
  await ensureBootstrapRoles(own)
  audit?.wake()
  const access = await startAccess(environment)
  const aggregates = new AggregateWriter(access.rights, own)
  const feeds = new ThreatFeeds({ ...own, fetchList })
  try {
    await asserted.start()
    await aggregates.start()
    await feeds.start()
    const identity = identityOf(options)
    const api = createApi({ environment, identity, access, openApi: createOpenApi(reviews), auditor })
    const listener = await listen({ api, authenticate: identity.authenticate }, tls, host, port, options)
    const monitor = new AgentMonitor(own)
    monitor.start()
    const reporter = new HoldsReporter(asserted, own)
    reporter.start()
    return running(listener, [feeds, monitor, reporter, aggregates, access.rights, asserted], host)
  } catch (error) {
    await feeds.stop()
    await aggregates.stop()
    await access.rights.stop()
    await asserted.stop()
    throw error
  }
}

async function startAccess(environment: Environment): Promise<Access> {
  const rights = await LiveRights.start(environment)
  const authorizer = authorizerChain([mastersAuthorizer, nodeAuthorizer, rights.index])
  return { authorizer, rights }
}

function identityOf({ tls, tokens, frontProxyNames, oidc, store, clock }: ServerOptions): Identity {
  const { clientCa, frontProxyCa } = tls
  const proxy =
    frontProxyCa === undefined
      ? {}
      : {
          frontProxy: {
            authorities: parseAuthorities(frontProxyCa),
            allowedNames: frontProxyNames ?? [],
          },
        }
  const clientAuthorities = parseAuthorities(clientCa)
  return createIdentity({
    clientAuthorities,
    tokens,
    store,
    clock,
    ...proxy,
    ...(oidc === undefined ? {} : { oidc }),
  })
}

/** `parts` are stopped in their order, after the last request. */
function running(listener: Listener, parts: readonly { stop(): Promise<void> }[], host: string): Server {
  return {
    port: listener.port,
    url: urlOf(host, listener.port),
    close: async () => {
      await listener.close()
      for (const part of parts) await part.stop()
    },
  }
}

export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `https://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
