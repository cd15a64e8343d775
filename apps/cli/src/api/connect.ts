/** From flags and environment to a client of one server. */
import { join } from 'node:path'
import { ApiClient, type ClientConfig, type KubeconfigSource, mergeKubeconfigs } from '@margay/client'
import { usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { version } from '../version.ts'
import { warn } from '../warn.ts'
import type { ClientFlags } from './client-options.ts'

export interface Connection {
  readonly client: ApiClient
  /** For objects that name none. */
  readonly namespace: string
}

/** Closes the connection when `work` is done. @throws CliError, FileError, ClientConfigError, and all of `work` */
export async function withConnection<T>(
  flags: ClientFlags,
  io: Io,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const config = loadClientConfig(flags, io)
  const client = new ApiClient(config, {
    userAgent: `margay/${version}`,
    onWarning: (text) => warn(text, io),
  })
  try {
    return await work({ client, namespace: flags.namespace ?? config.namespace ?? 'default' })
  } finally {
    await client.close()
  }
}

/** @throws CliError, FileError, ClientConfigError */
export function loadClientConfig(flags: ClientFlags, io: Io): ClientConfig {
  const { context } = flags
  const readFile = (path: string) => io.files.readText(path)
  const sources = kubeconfigPaths(flags, io).map((path) => ({ path, text: readFile(path) }))
  return mergeKubeconfigs(orRefuse(sources), { readFile, ...(context === undefined ? {} : { context }) })
}

/** The first of: the flag, MARGAY_KUBECONFIG, KUBECONFIG (several, with colons, of which some may be missing), home. */
function kubeconfigPaths({ kubeconfig }: ClientFlags, { env, homeDirectory, files }: Io): string[] {
  const explicit = kubeconfig ?? (env.MARGAY_KUBECONFIG || undefined)
  if (explicit !== undefined) return [explicit]
  const listed = (env.KUBECONFIG ?? '').split(':').filter((path) => path !== '')
  const candidates = listed.length > 0 ? listed : [join(homeDirectory, '.kube', 'config')]
  return candidates.filter((path) => files.exists(path))
}

function orRefuse(sources: readonly KubeconfigSource[]): readonly KubeconfigSource[] {
  if (sources.length > 0) return sources
  throw usageError(
    'there is no kubeconfig; give --kubeconfig FILE or set MARGAY_KUBECONFIG (margay server writes one)',
  )
}
