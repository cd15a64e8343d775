/** The flags of `margay authz` ▶ what the service is told. */
import {
  defaultJudgeOptions,
  type IdentitySource,
  isTrustDomain,
  type ListenAddress,
  ListenError,
  parseListenAddress,
  type RunAuthzOptions,
} from '@margay/authz'
import { usageError } from '../errors.ts'
import type { StopOptions } from '../stop-signal.ts'

export interface AuthzFlags extends StopOptions {
  readonly listen: string
  readonly httpListen?: string
  readonly socketMode?: string
  readonly httpPathPrefix?: string
  readonly httpForwardAuth?: true
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly tlsClientCa?: string
  readonly node?: string
  readonly workload?: string
  readonly trustDomain?: readonly string[]
  readonly identityFrom: string
  readonly requireIdentity?: true
  readonly judge: 'ingress' | 'both'
  readonly destinationFromHost?: true
  readonly tcpChecks: 'not-http' | 'http-follows'
  readonly denyStatus: string
  readonly denyBody: 'none' | 'policy'
  readonly allowHeaders?: true
  readonly logDecisions: 'none' | 'denied' | 'all'
  readonly metricsAddress?: string
  readonly kubeconfig?: string
  readonly context?: string
}

type Read = Pick<RunAuthzOptions, 'judge' | 'grpc' | 'http' | 'metrics' | 'decisions'>

/** @throws CliError that names the flag, and what is allowed */
export function readAuthzOptions(flags: AuthzFlags): Read {
  return {
    judge: judgeOptions(flags),
    ...listeners(flags),
    metrics: metricsAddress(flags),
    decisions: flags.logDecisions,
  }
}

function judgeOptions(flags: AuthzFlags): Read['judge'] {
  const { denyBody, tcpChecks } = flags
  return {
    source: {
      identityFrom: identitySource(flags.identityFrom),
      trustDomains: trustDomains(flags),
      requiresIdentity: flags.requireIdentity === true,
    },
    destination: {
      node: flags.node,
      workload: workload(flags),
      fromHost: flags.destinationFromHost === true,
    },
    judges: flags.judge === 'both' ? 'Both' : 'Ingress',
    tcpChecks,
    answers: { denyStatus: denyStatus(flags), denyBody, allowHeaders: flags.allowHeaders === true },
  }
}

function listeners(flags: AuthzFlags): Pick<Read, 'grpc' | 'http'> {
  const grpc = flags.listen === 'none' ? undefined : addressOf('--listen', flags.listen)
  const http = flags.httpListen === undefined ? undefined : addressOf('--http-listen', flags.httpListen)
  const tls = tlsFiles(flags)
  if (grpc === undefined && http === undefined)
    throw usageError('--listen: none leaves nothing to answer at; give --http-listen')
  if (tls !== undefined && grpc?.kind !== 'Tcp' && http?.kind !== 'Tcp')
    throw usageError('--tls-cert: it is for TCP; give --listen or --http-listen as IP:PORT')
  const socketMode = socketModeOf(flags, [grpc, http])
  const secured = (address: ListenAddress) =>
    address.kind === 'Tcp' ? { address, tls } : { address, socketMode }
  return {
    grpc: grpc && secured(grpc),
    http: http && { ...secured(http), ...httpForm(flags) },
  }
}

/** Undefined: what the service has by itself. */
function socketModeOf({ socketMode: text }: AuthzFlags, addresses: readonly (ListenAddress | undefined)[]) {
  if (text === undefined) return undefined
  if (!addresses.some((address) => address?.kind === 'Unix'))
    throw usageError('--socket-mode: it is for Unix sockets; give --listen or --http-listen as unix:/PATH')
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8)
  throw usageError(`--socket-mode: it is three octal digits, such as 0660; not ${text}`)
}

function httpForm({ httpPathPrefix = '', httpForwardAuth, httpListen }: AuthzFlags) {
  if (httpPathPrefix !== '' && (!httpPathPrefix.startsWith('/') || httpPathPrefix.endsWith('/')))
    throw usageError(
      `--http-path-prefix: it begins with a slash and does not end with one; not ${httpPathPrefix}`,
    )
  if (httpListen === undefined) throw usageError('--http-listen is missing')
  return { pathPrefix: httpPathPrefix, isForwardAuth: httpForwardAuth === true }
}

function tlsFiles({ tlsCert: cert, tlsKey: key, tlsClientCa: clientCa }: AuthzFlags) {
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw usageError('--tls-cert and --tls-key: give both; --tls-client-ca comes beside them')
  return { cert, key, clientCa }
}

function addressOf(flag: string, text: string): ListenAddress {
  try {
    return parseListenAddress(text)
  } catch (error) {
    throw error instanceof ListenError ? usageError(`${flag}: ${error.message}`, error) : error
  }
}

function metricsAddress({ metricsAddress: text }: AuthzFlags): Read['metrics'] {
  if (text === undefined) return undefined
  const address = addressOf('--metrics-address', text)
  if (address.kind === 'Unix') throw usageError('--metrics-address: it must be IP:PORT')
  return address
}

/** Names of headers and of identities hold no slash. */
function identitySource(text: string): IdentitySource {
  if (text === 'principal') return { kind: 'Principal' }
  if (text === 'x-forwarded-client-cert') return { kind: 'ForwardedCertificate' }
  const slash = text.indexOf('/')
  if (slash > 0 && slash < text.length - 1)
    return { kind: 'Metadata', namespace: text.slice(0, slash), key: text.slice(slash + 1) }
  throw usageError(
    `--identity-from: allowed are principal, x-forwarded-client-cert, and NAMESPACE/KEY; not ${text}`,
  )
}

function trustDomains({ trustDomain }: AuthzFlags): ReadonlySet<string> {
  const wrong = trustDomain?.find((it) => !isTrustDomain(it))
  if (wrong !== undefined)
    throw usageError(`--trust-domain: it may hold a-z, 0-9, ".", "-" and "_"; not ${wrong}`)
  return trustDomain === undefined ? defaultJudgeOptions.source.trustDomains : new Set(trustDomain)
}

function workload({ workload: name }: AuthzFlags): string | undefined {
  if (name === undefined || /^[a-z0-9-]+\/[a-z0-9.-]+$/.test(name)) return name
  throw usageError(`--workload: it is NAMESPACE/POD; not ${name}`)
}

function denyStatus({ denyStatus: text }: AuthzFlags): number {
  if (/^[45]\d\d$/.test(text)) return Number(text)
  throw usageError(`--deny-status: it must be from 400 to 599; not ${text}`)
}
