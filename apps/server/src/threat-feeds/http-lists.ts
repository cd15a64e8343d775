/**
 * Lists over HTTP and HTTPS.
 *
 * Holds  1. An answer takes no more time, bytes and redirects than the limits say, whatever the other side does.
 *        2. The address that is connected to is the one that was checked: a name that resolves otherwise the next time changes nothing.
 *        3. Headers of a feed go to the origin of its URL, and to none that this redirects to.
 */
import { type LookupAddress, lookup } from 'node:dns'
import { type ClientRequest, get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { type FetchList, type ListRequest, PullError, type Validators } from './fetch-list.ts'
import { defaultListLimits, type ListLimits, readText } from './read-text.ts'
import { isRefusedAddress } from './refused-addresses.ts'

export interface HttpListOptions {
  /** PEM: who may have signed the certificates; without it, whom Node.js trusts. */
  readonly authorities?: readonly string[]
  /** Also from loopback and link-local addresses. */
  readonly allowLocal?: boolean
  readonly limits?: ListLimits
}

const mostRedirects = 5
const redirects = [301, 302, 303, 307, 308]

export function httpLists(options: HttpListOptions = {}): FetchList {
  const limits = options.limits ?? defaultListLimits
  return async (request) => {
    const timeout = AbortSignal.timeout(limits.totalMs)
    const signal = AbortSignal.any([request.signal, timeout])
    const first = parseUrl(request.url)
    try {
      const { response, url } = await follow(first, request, options, signal)
      if (response.statusCode === 304) return { kind: 'Unchanged' }
      if (response.statusCode !== 200) throw failed(url, `answered ${response.statusCode}`)
      const text = await readText(response, limits)
      return { kind: 'List', text, validators: validatorsOf(response) }
    } catch (error) {
      if (error instanceof PullError) throw error
      throw failed(
        first,
        timeout.aborted ? `took longer than ${limits.totalMs / 1000} s` : reasonOf(error),
        error,
      )
    }
  }
}

async function follow(
  first: URL,
  request: ListRequest,
  options: HttpListOptions,
  signal: AbortSignal,
): Promise<{ response: IncomingMessage; url: URL }> {
  let url = first
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const response = await get(
      url,
      url.origin === first.origin ? request : { known: {}, headers: {} },
      options,
      signal,
    )
    if (!redirects.includes(response.statusCode ?? 0)) return { response, url }
    response.destroy()
    url = redirected(url, response.headers.location)
  }
  throw failed(first, `redirects more than ${mostRedirects} times`)
}

function get(
  url: URL,
  { headers, known = {} }: Pick<ListRequest, 'headers' | 'known'>,
  { authorities, allowLocal = false }: HttpListOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  if (!allowLocal && isIP(hostOf(url)) !== 0 && isRefusedAddress(hostOf(url))) throw refusedHost(url)
  return new Promise((resolve, reject) => {
    const options = {
      signal,
      agent: false as const,
      headers: {
        ...headers,
        ...conditions(known),
        'accept-encoding': 'gzip',
        'user-agent': headers['user-agent'] ?? 'margay',
      },
      ...(allowLocal ? {} : { lookup: guardedLookup(url) }),
    }
    const request: ClientRequest =
      url.protocol === 'https:'
        ? httpsGet(
            url,
            { ...options, ...(authorities === undefined ? {} : { ca: [...authorities] }) },
            resolve,
          )
        : httpGet(url, options, resolve)
    request.once('error', reject)
  })
}

function guardedLookup(url: URL): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return callback(error, '', 0)
      const [first, ...others] = found.filter(({ address }) => !isRefusedAddress(address))
      if (first === undefined) return callback(refusedHost(url), '', 0)
      if (options.all === true) callback(null, [first, ...others])
      else callback(null, first.address, first.family)
    })
  }
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href)
  if (url === null) throw new PullError('PullFailed', 'the URL can not be read')
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new PullError('PullFailed', `only http and https are pulled from, and not ${url.protocol}`)
  return url
}

/** What was asked for over TLS is not got without. */
function redirected(from: URL, location: string | undefined): URL {
  if (location === undefined) throw failed(from, 'redirects to nowhere')
  const to = parseUrl(location, from)
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw failed(from, 'redirects from https to http')
  to.username = ''
  to.password = ''
  return to
}

function conditions({ etag, lastModified }: Validators): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  }
}

function validatorsOf({ headers }: IncomingMessage): Validators {
  const { etag, 'last-modified': lastModified } = headers
  return { ...(etag === undefined ? {} : { etag }), ...(lastModified === undefined ? {} : { lastModified }) }
}

/** Without the brackets of IPv6. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function refusedHost(url: URL): PullError {
  return failed(url, 'has a loopback, link-local or metadata address, which lists are not pulled from')
}

/** The query, and the path, may be what gives access. */
function failed({ host }: URL, what: string, cause?: unknown): PullError {
  return new PullError('PullFailed', `${host} ${what}`, cause)
}

function reasonOf(error: unknown): string {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed'
  return `could not be read from: ${code}`
}
