import type { Command } from 'commander'
import type { AuthzFlags } from '../authz/read-options.ts'
import { type ExitCode, exitCodes } from '../errors.ts'
import { stopSignal, stopWithStdin } from '../stop-signal.ts'
import { defineCommand, type Invocation } from './command.ts'

export const authzCommand = defineCommand<AuthzFlags>({
  name: 'authz',
  summary: 'Answer what Envoy asks (ext_authz) by policy, request by request',
  group: 'To run:',
  examples: [
    [
      'margay authz --node node-1 --kubeconfig /etc/margay/kubeconfig',
      'For the proxies of one node, over gRPC at unix:/run/margay/authz.sock.',
    ],
    ['margay authz --workload shop/api --listen 127.0.0.1:9191', 'Beside one pod, for its sidecar alone.'],
    [
      'margay authz --listen 0.0.0.0:9191 --tls-cert c.pem --tls-key k.pem --tls-client-ca ca.pem --judge both',
      'For waypoints: the kernel sees only the proxy there, so policy of the source is asked too.',
    ],
  ],
  notes:
    'Reads policy as an agent does, with the rights of one: a kubeconfig that margay kubeconfig node NAME issued will do, and is\n' +
    'read anew when it changes. Until policy is known, checks fail as UNAVAILABLE, and failure_mode_allow of the proxy decides.\n' +
    'Where the server is gone, it goes on with what it knew. Decisions are lines of JSON on standard output, all else is on\n' +
    'standard error. What the options mean, and configurations for Envoy and Istio: docs/guide/application-layer.md.\n',
  configure,
  run,
})

function configure(command: Command): void {
  command
    .option('--listen <address>', 'for gRPC: unix:/PATH, IP:PORT, or none', 'unix:/run/margay/authz.sock')
    .option('--http-listen <address>', 'for the HTTP form as well: unix:/PATH or IP:PORT')
    .option('--socket-mode <octal>', 'who may ask at a Unix socket: its file mode (default: 0660)')
    .option('--http-path-prefix <path>', 'what the proxy puts before the path of each request (path_prefix)')
    .option(
      '--http-forward-auth',
      'read the request from x-forwarded-method, -uri and -host, as of nginx and Traefik',
    )
    .option(
      '--tls-cert <file>',
      'certificate for TCP, PEM; needed for all addresses but those of this machine',
    )
    .option('--tls-key <file>', 'its key, PEM')
    .option('--tls-client-ca <file>', 'who signs the certificates that proxies must have, PEM')
    .option('--node <name>', 'answer for pods of this node only')
    .option('--workload <namespace/pod>', 'answer for this pod only, whatever address a check names')
    .option(
      '--trust-domain <name...>',
      'whose SPIFFE identities count; may be repeated (default: cluster.local)',
    )
    .option(
      '--identity-from <place>',
      'where the identity is: principal, x-forwarded-client-cert, or NAMESPACE/KEY of dynamic metadata',
      'principal',
    )
    .option('--require-identity', 'deny what comes without an identity, whatever its address')
    .addOption(
      command
        .createOption('--judge <what>', "ingress of the destination, or both: the source's egress as well")
        .choices(['ingress', 'both'])
        .default('ingress'),
    )
    .option('--destination-from-host', "find a service by the request's host where its address tells nothing")
    .addOption(
      command
        .createOption(
          '--tcp-checks <as>',
          'checks of network filters: no HTTP, or connections whose requests are checked later',
        )
        .choices(['not-http', 'http-follows'])
        .default('not-http'),
    )
    .option('--deny-status <number>', 'HTTP status of what is denied, 400-599', '403')
    .addOption(
      command
        .createOption('--deny-body <content>', 'its body: none, or the policy that denied, as JSON')
        .choices(['none', 'policy'])
        .default('none'),
    )
    .option('--allow-headers', 'tell workloads which policy allowed a request, in x-margay-policy')
    .addOption(
      command
        .createOption('--log-decisions <which>', 'those of rules with Log are logged always')
        .choices(['none', 'denied', 'all'])
        .default('denied'),
    )
    .option('--metrics-address <address>', 'serve metrics for Prometheus at IP:PORT, over plain HTTP')
    .option('--kubeconfig <file>', 'how to reach the server')
    .option('--context <name>', "instead of the kubeconfig's current context")
    .option(...stopWithStdin)
}

async function run({ io, options }: Invocation<AuthzFlags>): Promise<ExitCode> {
  const { readAuthzOptions } = await import('../authz/read-options.ts')
  const { runAuthz } = await import('@margay/authz')
  const { loadClientConfig } = await import('../api/connect.ts')
  await runAuthz({
    ...readAuthzOptions(options),
    loadConfig: () => loadClientConfig(options, io),
    sink: io.lines(),
    signal: stopSignal(io, options),
    log: (line) => io.stderr.write(`${line}\n`),
  })
  return exitCodes.ok
}
