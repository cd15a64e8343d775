import { describe } from '../../schema/describe.ts'
import { type Issue, invalid } from '../../schema/issue.ts'
import { dnsServerFormat, parseDnsServer } from './dns-server.ts'

export function* checkDnsServers(servers: readonly string[] | undefined): Iterable<Issue> {
  for (const [index, server] of (servers ?? []).entries()) {
    if (parseDnsServer(server) !== undefined) continue
    yield invalid(
      `spec.dnsTrustedServers[${index}]`,
      `must be ${dnsServerFormat}, but is ${describe(server)}`,
    )
  }
}
