/**
 * From a kubeconfig to what one client needs.
 *
 * Source  Kubernetes, "Organizing Cluster Access Using kubeconfig Files", and the v1 Config format: where several files
 *         are given, the first one that says something wins; paths are relative to the file that holds them; inline
 *         data goes before a file.
 */
import { dirname, resolve } from 'node:path'
import { type ClientConfig, ClientConfigError } from './client-config.ts'
import { Field } from './field.ts'

export interface KubeconfigSource {
  readonly text: string
  /** Names the file in messages, and is where relative paths start. */
  readonly path: string
}

export interface KubeconfigOptions {
  /** Instead of the file's current-context. */
  readonly context?: string
  /** Text of a file that the configuration refers to; its errors are reported with the field. */
  readonly readFile: (path: string) => string
}

/** `path` names the file in messages, and is where relative paths start. @throws ClientConfigError */
export function parseKubeconfig(
  text: string,
  { path = 'kubeconfig', ...options }: KubeconfigOptions & { readonly path?: string },
): ClientConfig {
  return mergeKubeconfigs([{ text, path }], options)
}

/** Several files as one, as for a KUBECONFIG with several paths. @throws ClientConfigError */
export function mergeKubeconfigs(
  sources: readonly KubeconfigSource[],
  options: KubeconfigOptions,
): ClientConfig {
  const roots = sources.map(({ text, path }) => Field.parse(text, path))
  const context = findContext(roots, options.context)
  const cluster = findEntry(roots, 'clusters', context.at('cluster')).at('cluster')
  const user = context.at('user').isPresent
    ? findEntry(roots, 'users', context.at('user')).at('user')
    : undefined
  const namespace = context.at('namespace').text()
  return {
    ...readCluster(cluster, options),
    ...(user === undefined ? {} : readUser(user, options)),
    ...(namespace === undefined ? {} : { namespace }),
  }
}

function findContext(roots: readonly Field[], wanted: string | undefined): Field {
  if (wanted !== undefined) {
    const entry = entriesNamed(roots, 'contexts', wanted)[0]
    if (entry !== undefined) return entry.at('context')
    throw new ClientConfigError(
      { file: filesOf(roots), field: 'contexts' },
      missing(roots, 'contexts', wanted),
    )
  }
  const current = roots.map((root) => root.at('current-context')).find((field) => field.isPresent)
  if (current === undefined) {
    throw new ClientConfigError({ file: filesOf(roots), field: 'current-context' }, 'is required')
  }
  return findEntry(roots, 'contexts', current).at('context')
}

type ListName = 'clusters' | 'contexts' | 'users'

/** The entry that a field refers to by name. */
function findEntry(roots: readonly Field[], list: ListName, reference: Field): Field {
  const name = reference.requiredText()
  const entry = entriesNamed(roots, list, name)[0]
  if (entry === undefined) throw reference.error(missing(roots, list, name))
  return entry
}

function entriesNamed(roots: readonly Field[], list: ListName, name: string): Field[] {
  return entries(roots, list).filter((entry) => entry.at('name').value === name)
}

function entries(roots: readonly Field[], list: ListName): Field[] {
  return roots.flatMap((root) => root.at(list).items())
}

function missing(roots: readonly Field[], list: ListName, name: string): string {
  const known = entries(roots, list).map((entry) => JSON.stringify(entry.at('name').value ?? ''))
  const allowed = known.length === 0 ? 'there are none' : `there is ${known.join(', ')}`
  return `no entry of ${list} is named ${JSON.stringify(name)}; ${allowed}`
}

function filesOf(roots: readonly Field[]): string {
  return roots.map(({ file }) => file).join(', ')
}

function readCluster(cluster: Field, options: KubeconfigOptions): ClientConfig {
  refuse(cluster, ['proxy-url'])
  const ca = readPem(cluster, 'certificate-authority', options)
  const tlsServerName = cluster.at('tls-server-name').text()
  const insecureSkipTlsVerify = cluster.at('insecure-skip-tls-verify').isTrue()
  return {
    server: readServer(cluster.at('server')),
    ...(ca === undefined ? {} : { ca }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(insecureSkipTlsVerify ? { insecureSkipTlsVerify } : {}),
  }
}

function readServer(field: Field): string {
  const server = field.requiredText()
  const protocol = URL.parse(server)?.protocol
  if (protocol === 'https:' || protocol === 'http:') return server
  throw field.error(`must be a URL that starts with https:// or http://, but is ${JSON.stringify(server)}`)
}

function readUser(user: Field, options: KubeconfigOptions): Partial<ClientConfig> {
  refuse(user, [
    'exec',
    'auth-provider',
    'username',
    'password',
    'as',
    'as-uid',
    'as-groups',
    'as-user-extra',
  ])
  const clientCertificate = readPem(user, 'client-certificate', options)
  const clientKey = readPem(user, 'client-key', options)
  if (clientCertificate !== undefined && clientKey === undefined)
    throw user.error('has a certificate but no key')
  if (clientCertificate === undefined && clientKey !== undefined)
    throw user.error('has a key but no certificate')
  const token = readToken(user, options)
  return {
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(clientKey === undefined ? {} : { clientKey }),
    ...(token === undefined ? {} : { token }),
  }
}

/** What would change who we are or whom we reach must not be passed over in silence. */
function refuse(parent: Field, keys: readonly string[]): void {
  const found = keys.map((key) => parent.at(key)).find((field) => field.isPresent)
  if (found !== undefined) throw found.error('is not supported; use a client certificate or a token')
}

function readToken(user: Field, options: KubeconfigOptions): string | undefined {
  const token = user.at('token').text()
  if (token !== undefined) return token
  return readReferred(user.at('tokenFile'), options)?.trim()
}

const pemBlock = /-----BEGIN [A-Z0-9 ]+-----/

function readPem(parent: Field, key: string, options: KubeconfigOptions): string | undefined {
  const inline = parent.at(`${key}-data`)
  const field = inline.isPresent ? inline : parent.at(key)
  const pem = inline.isPresent ? decodeBase64(inline) : readReferred(field, options)
  if (pem !== undefined && !pemBlock.test(pem)) throw field.error('is not PEM')
  return pem
}

function decodeBase64(field: Field): string {
  const text = field.requiredText().replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw field.error('is not base64')
  return Buffer.from(text, 'base64').toString('utf8')
}

function readReferred(field: Field, { readFile }: KubeconfigOptions): string | undefined {
  const path = field.text()
  if (path === undefined) return undefined
  const absolute = resolve(dirname(field.file), path)
  try {
    return readFile(absolute)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)
    throw field.error(`cannot read ${absolute}: ${reason}`, cause)
  }
}
