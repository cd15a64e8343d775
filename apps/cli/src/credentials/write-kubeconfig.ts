/** `margay kubeconfig`: who it is for, checked; what the server's room issues, written or printed. */
import { isIP } from 'node:net'
import { isDnsSubdomain } from '@margay/resources'
import { type IssuedKubeconfig, issueKubeconfig, nodeIdentity, systemFiles } from '@margay/server'
import { type ExitCode, environmentError, exitCodes, usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { parseDuration } from '../parse-duration.ts'
import { defaultDataDirectory } from '../server/data-directory.ts'
import { warn } from '../warn.ts'

export interface KubeconfigOptions {
  readonly group?: readonly string[]
  readonly server?: string
  readonly validityPeriod: string
  readonly out?: string
  readonly dataDir?: string
}

export type Recipient = { readonly node: string } | { readonly user: string }

type Identity = ReturnType<typeof nodeIdentity>

/** @throws CliError, CredentialsError */
export async function writeKubeconfig(
  recipient: Recipient,
  options: KubeconfigOptions,
  io: Io,
): Promise<ExitCode> {
  const { server, out } = options
  if (server !== undefined) checkServer(server)
  const identity = identityOf(recipient, options.group ?? [])
  const issue = {
    dataDir: options.dataDir ?? defaultDataDirectory(io),
    identity,
    now: io.clock.now(),
    validityMs: parseDuration('--validity-period', options.validityPeriod),
    ...(server === undefined ? {} : { server }),
  }
  const issued = await withFiles(() => issueKubeconfig(issue, systemFiles))
  for (const line of doubtsOf(recipient, issued)) warn(line, io)
  if (out === undefined) io.stdout.write(issued.text)
  else await withFiles(() => systemFiles.write(out, issued.text, true))
  const until = issued.expires.toISOString().replace(/\.\d+Z$/, 'Z')
  io.stderr.write(`${out ?? 'kubeconfig'}: ${identity.user} at ${issued.server}, valid until ${until}\n`)
  return exitCodes.ok
}

function identityOf(recipient: Recipient, groups: readonly string[]): Identity {
  if ('user' in recipient) {
    for (const [what, text] of [['the user', recipient.user], ...groups.map((it) => ['--group', it])])
      checkName(what ?? '', text ?? '')
    return { user: recipient.user, groups }
  }
  if (groups.length > 0)
    throw usageError('--group is for users: a node is of the group system:nodes, and of no other')
  if (isDnsSubdomain(recipient.node)) return nodeIdentity(recipient.node)
  throw usageError(
    `the node's name must be at most 253 characters: parts of a-z, 0-9 and inner "-", joined by ".", but is ${JSON.stringify(recipient.node)}`,
  )
}

/** Such as a certificate can carry, and a person can read in a log. */
function checkName(what: string, text: string): void {
  if (text.length > 0 && text.length <= 253 && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text) && text.trim() === text)
    return
  throw usageError(
    `${what}: must be 1 to 253 characters without control characters or blanks around, but is ${JSON.stringify(text)}`,
  )
}

function checkServer(server: string): void {
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url?.protocol === 'https:' && url.username === '' && url.search === '' && url.hash === '') return
  throw usageError(
    `--server: must be a URL such as https://margay.example.com:6443, but is ${JSON.stringify(server)}`,
  )
}

/** What will not work the way it was probably meant. */
function doubtsOf(recipient: Recipient, { server, isServerNameCertified }: IssuedKubeconfig): string[] {
  const { hostname } = new URL(server)
  if (!isServerNameCertified)
    return [
      `the server's certificate is not for ${hostname}: start it with --name ${hostname}, or clients refuse it`,
    ]
  if ('node' in recipient && isLoopback(hostname))
    return [`${server} is this machine's own address: for an agent elsewhere give --server https://NAME:PORT`]
  return []
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && /^127\./.test(hostname))
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOENT: 'no such directory',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'the file system is read-only',
}

async function withFiles<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'path' in error)) throw error
    const why = reasons[String(error.code)] ?? error.message
    throw environmentError(`${String(error.path)}: ${why}`, error)
  }
}
