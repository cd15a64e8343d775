/** The options that say where etcd is; named as those of kube-apiserver. */
import type { EtcdOptions } from '@margay/server'
import type { Command } from 'commander'
import { usageError } from '../errors.ts'

export interface EtcdFlags {
  readonly etcdServers?: string
  readonly etcdPrefix?: string
  readonly etcdCafile?: string
  readonly etcdCertfile?: string
  readonly etcdKeyfile?: string
  readonly etcdUsername?: string
  readonly etcdPasswordFile?: string
}

export function configureEtcd(command: Command): Command {
  return command
    .option('--etcd-servers <urls>', 'keep objects in this etcd; its members, separated by commas')
    .option('--etcd-prefix <prefix>', 'what all keys in etcd start with (default: /margay/registry)')
    .option('--etcd-cafile <file>', 'PEM: who signed the certificate of etcd')
    .option('--etcd-certfile <file>', 'PEM: our certificate for etcd')
    .option('--etcd-keyfile <file>', 'PEM: the key of that certificate')
    .option('--etcd-username <name>', 'our user in an etcd with authentication')
    .option('--etcd-password-file <file>', 'the password of that user, alone in a file')
}

/** Undefined: no etcd. @throws CliError */
export function parseEtcd(flags: EtcdFlags): EtcdOptions | undefined {
  const { etcdServers, etcdPrefix: prefix, etcdCafile: caFile } = flags
  const { etcdCertfile: certFile, etcdKeyfile: keyFile } = flags
  const { etcdUsername: username, etcdPasswordFile: passwordFile } = flags
  if (etcdServers === undefined) return refuseOthers(flags)
  if ((certFile === undefined) !== (keyFile === undefined))
    throw usageError('--etcd-certfile and --etcd-keyfile: give both or none')
  if ((username === undefined) !== (passwordFile === undefined))
    throw usageError('--etcd-username and --etcd-password-file: give both or none')
  return {
    servers: etcdServers.split(',').map(parseEndpoint),
    ...(prefix === undefined ? {} : { prefix: parsePrefix(prefix) }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(username === undefined ? {} : { username: parseUsername(username) }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
  }
}

function refuseOthers(flags: EtcdFlags): undefined {
  const others = Object.entries({
    '--etcd-prefix': flags.etcdPrefix,
    '--etcd-cafile': flags.etcdCafile,
    '--etcd-certfile': flags.etcdCertfile,
    '--etcd-keyfile': flags.etcdKeyfile,
    '--etcd-username': flags.etcdUsername,
    '--etcd-password-file': flags.etcdPasswordFile,
  })
  const given = others.filter(([, value]) => value !== undefined).map(([name]) => name)
  if (given.length > 0) throw usageError(`${given.join(', ')}: only with --etcd-servers`)
  return undefined
}

function parseUsername(text: string): string {
  if (text !== '') return text
  throw usageError('--etcd-username: must not be empty')
}

function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url !== undefined && url.pathname === '/' && url.search === '' && url.username === ''
  if (!isPlain || !['http:', 'https:'].includes(url.protocol) || url.port === '')
    throw usageError(
      `--etcd-servers: must be http://HOST:PORT or https://HOST:PORT, but is ${JSON.stringify(text)}`,
    )
  return `${url.protocol}//${url.host}`
}

function parsePrefix(text: string): string {
  if (/^(\/[A-Za-z0-9._-]+)+$/.test(text)) return text
  throw usageError(`--etcd-prefix: must be like /margay/registry, but is ${JSON.stringify(text)}`)
}
