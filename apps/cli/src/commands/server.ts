import type { Command } from 'commander'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import { parsePort } from '../parse-port.ts'
import {
  type AuthenticationFlags,
  configureAuthentication,
  parseAuthentication,
} from '../server/authentication-options.ts'
import { defaultDataDirectory } from '../server/data-directory.ts'
import { type StopOptions, stopSignal, stopWithStdin } from '../stop-signal.ts'
import { configureEtcd, type EtcdFlags, parseEtcd } from '../storage/etcd-options.ts'
import { defineCommand, type Invocation } from './command.ts'

interface Options extends StopOptions, EtcdFlags, AuthenticationFlags {
  readonly dataDir?: string
  readonly host: string
  readonly port: string
  readonly kubeconfig?: string
  readonly name?: readonly string[]
  readonly auditLogDir?: string
  readonly auditPolicyFile?: string
  readonly auditLogMaxsize: string
  readonly auditLogMaxbackup: string
  readonly auditLogMaxage: string
  readonly maxConnections?: string
  readonly maxConnectionsPerAddress?: string
  readonly maxRequestsInflight: string
  readonly maxMutatingRequestsInflight: string
  readonly threatFeedCaFile?: string
  readonly threatFeedAllowLocal?: boolean
}

export const serverCommand = defineCommand<Options>({
  name: 'server',
  summary: 'Run the API server, with its data in one directory',
  group: 'To run:',
  examples: [
    ['margay server', 'On this machine only, port 6443.'],
    [
      'margay server --host 0.0.0.0 --name margay.example.com --data-dir /srv/margay',
      'For other machines, which call it by that name.',
    ],
    [
      'margay server --port 0 --kubeconfig ./kubeconfig',
      'On a free port; kubectl finds it by the kubeconfig.',
    ],
    [
      'margay server --etcd-servers http://127.0.0.1:2379 --data-dir /srv/margay',
      'One of several on one etcd: each has its own data directory, with a copy of pki from the first.',
    ],
  ],
  notes:
    'The data directory is made if it is missing: /var/lib/margay for root, else ~/.local/state/margay.\n' +
    'It holds the database (unless that is etcd), the certificates, and the kubeconfig of the administrator.\n',
  configure,
  run,
})

function configure(command: Command): void {
  configureEtcd(command.option('--data-dir <directory>', 'where everything is kept'))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', '6443')
    .option(
      '--kubeconfig <file>',
      'where to write the kubeconfig (default: kubeconfig in the data directory)',
    )
    .option('--name <name...>', 'further names and addresses that clients call it by')
    .option(
      '--audit-log-dir <directory>',
      'where changes are recorded (default: audit in the data directory)',
    )
    .option(
      '--audit-policy-file <file>',
      'what is recorded, as audit.k8s.io/v1 Policy (default: every change)',
    )
    .option('--audit-log-maxsize <megabytes>', 'a larger file is followed by a new one', '100')
    .option('--audit-log-maxbackup <count>', 'how many files are kept; 0 keeps all', '0')
    .option('--audit-log-maxage <days>', 'older files go; 0 keeps all', '0')
    .option(
      '--max-connections <count>',
      'above it, new ones are closed (default: 60000, or ¾ of the open files allowed)',
    )
    .option(
      '--max-connections-per-address <count>',
      'the same for one client or proxy (default: half of them)',
    )
    .option(
      '--max-requests-inflight <count>',
      'reads under way at once, without watches; more get a 429',
      '400',
    )
    .option('--max-mutating-requests-inflight <count>', 'writes under way at once; more get a 429', '200')
    .option(
      '--threat-feed-ca-file <file>',
      'PEM: further authorities for certificates where threat feeds are pulled from',
    )
    .option(
      '--threat-feed-allow-local',
      'let threat feeds be pulled from loopback, link-local and metadata addresses too',
    )
    .option(...stopWithStdin)
  configureAuthentication(command)
}

async function run({ io, options }: Invocation<Options>): Promise<ExitCode> {
  const port = parsePort(options.port)
  const etcd = parseEtcd(options)
  const authentication = parseAuthentication(options)
  const { runServer } = await import('@margay/server')
  await runServer({
    dataDir: options.dataDir ?? defaultDataDirectory(io),
    host: options.host,
    port,
    ...(options.kubeconfig === undefined ? {} : { kubeconfigPath: options.kubeconfig }),
    ...(options.name === undefined ? {} : { names: options.name }),
    audit: auditOptions(options),
    limits: limitOptions(options),
    threatFeeds: threatFeedOptions(options),
    authentication,
    ...(etcd === undefined ? {} : { etcd }),
    signal: stopSignal(io, options),
    print: (line) => io.stdout.write(`${line}\n`),
    printError: (line) => io.stderr.write(`${line}\n`),
  })
  return exitCodes.ok
}

function auditOptions(options: Options) {
  const { auditLogDir: directory, auditPolicyFile: policyPath } = options
  return {
    ...(directory === undefined ? {} : { directory }),
    ...(policyPath === undefined ? {} : { policyPath }),
    maxFileBytes: parseCount('--audit-log-maxsize', options.auditLogMaxsize) * 1024 * 1024,
    maxFiles: parseCount('--audit-log-maxbackup', options.auditLogMaxbackup),
    maxAgeDays: parseCount('--audit-log-maxage', options.auditLogMaxage),
  }
}

function threatFeedOptions({ threatFeedCaFile: caFile, threatFeedAllowLocal: allowLocal = false }: Options) {
  return { allowLocal, ...(caFile === undefined ? {} : { caFile }) }
}

function limitOptions(options: Options) {
  const { maxConnections, maxConnectionsPerAddress: perAddress } = options
  return {
    ...(maxConnections === undefined
      ? {}
      : { connections: parsePositive('--max-connections', maxConnections) }),
    ...(perAddress === undefined
      ? {}
      : { connectionsPerAddress: parsePositive('--max-connections-per-address', perAddress) }),
    reading: parsePositive('--max-requests-inflight', options.maxRequestsInflight),
    mutating: parsePositive('--max-mutating-requests-inflight', options.maxMutatingRequestsInflight),
  }
}

function parsePositive(flag: string, text: string): number {
  const count = parseCount(flag, text)
  if (count > 0) return count
  throw usageError(`${flag}: must be 1 or more, but is ${JSON.stringify(text)}`)
}

function parseCount(flag: string, text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text)
  throw usageError(`${flag}: must be a whole number, but is ${JSON.stringify(text)}`)
}
