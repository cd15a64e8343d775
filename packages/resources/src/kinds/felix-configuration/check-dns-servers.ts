/** Whose DNS answers are believed. Source: spec/dataplane.md 7.2. */
import { parseIp } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { type Issue, invalid } from '../../schema/issue.ts'
import { isDnsLabel } from '../meta/names.ts'

const servicePrefix = 'k8s-service:'

export function* checkDnsServers(servers: readonly string[] | undefined): Iterable<Issue> {
  for (const [index, server] of (servers ?? []).entries()) {
    if (isService(server) || isAddress(server)) continue
    yield invalid(
      `spec.dnsTrustedServers[${index}]`,
      `must be an address such as 10.0.0.10, 10.0.0.10:53 or [fd00::10]:53, or a service such as k8s-service:kube-dns or k8s-service:kube-system/kube-dns:53, but is ${describe(server)}`,
    )
  }
}

/** `k8s-service:[namespace/]name[:port]` */
function isService(server: string): boolean {
  if (!server.startsWith(servicePrefix)) return false
  const [place = '', port, ...rest] = server.slice(servicePrefix.length).split(':')
  const names = place.split('/')
  return names.length <= 2 && names.every((name) => isDnsLabel(name)) && isPort(port) && rest.length === 0
}

/** A port follows an IPv6 address only in brackets: without them it would be a part of it. */
function isAddress(server: string): boolean {
  if (parseIp(server) !== undefined) return true
  const bracketed = /^\[(.+)\](?::(.*))?$/.exec(server)
  if (bracketed !== null) return parseIp(bracketed[1] ?? '')?.version === 6 && isPort(bracketed[2])
  const [address = '', port, ...rest] = server.split(':')
  return parseIp(address)?.version === 4 && isPort(port) && rest.length === 0
}

function isPort(text: string | undefined): boolean {
  if (text === undefined) return true
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535
}
