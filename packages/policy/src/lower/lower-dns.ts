/** From settings to how a node learns names. Source: spec/dataplane.md 7.2. */
import { formatIp } from '@margay/netset'
import {
  type DnsServer,
  defaultFelixSettings,
  durationSeconds,
  type FelixSettings,
  parseDnsServer,
} from '@margay/resources'
import type { DnsSettings } from '../model/dns-settings.ts'

export type DnsSpec = Required<
  Pick<
    FelixSettings,
    | 'dnsTrustedServers'
    | 'dnsPolicyMode'
    | 'dnsExtraTTL'
    | 'dnsCacheSaveInterval'
    | 'dnsCacheEpoch'
    | 'dnsPacketsNfqueueID'
    | 'dnsPacketsNfqueueSize'
  >
>

type Report = (problem: string) => void

const shortestSaveSeconds = 1

export function lowerDns(spec: DnsSpec): DnsSettings {
  const problems: string[] = []
  const report = (problem: string) => void problems.push(problem)
  const settings = {
    trustedServers: serversOf(spec.dnsTrustedServers, report),
    // The others hold packets back in their own way; what a connection sees is the same.
    mode: spec.dnsPolicyMode === 'NoDelay' ? ('NoDelay' as const) : ('DelayDNSResponse' as const),
    extraTtlSeconds: secondsOf('dnsExtraTTL', spec),
    cacheSaveSeconds: saveSecondsOf(spec, report),
    cacheEpoch: spec.dnsCacheEpoch,
    queueNumber: spec.dnsPacketsNfqueueID,
    queueSize: queueSizeOf(spec, report),
  }
  return { ...settings, problems }
}

/** One that can't be read is left out: it must not make anybody trusted. */
function serversOf(texts: readonly string[], report: Report): readonly DnsServer[] {
  const byText = new Map<string, DnsServer>()
  for (const text of texts) {
    const server = parseDnsServer(text)
    if (server === undefined)
      report(`dnsTrustedServers has ${JSON.stringify(text)}, which names no server; it is left out`)
    else byText.set(textOf(server), server)
  }
  return [...byText.values()]
}

function textOf(server: DnsServer): string {
  return server.kind === 'Service'
    ? `${server.namespace}/${server.name} ${server.port}`
    : `${formatIp(server.address)} ${server.port}`
}

type Duration = 'dnsExtraTTL' | 'dnsCacheSaveInterval'

/** The default for what was never admitted and is no time. */
function secondsOf(setting: Duration, spec: DnsSpec): number {
  return durationSeconds(spec[setting]) ?? durationSeconds(defaultFelixSettings[setting]) ?? 0
}

function saveSecondsOf(spec: DnsSpec, report: Report): number {
  const seconds = secondsOf('dnsCacheSaveInterval', spec)
  if (seconds >= shortestSaveSeconds) return seconds
  report(
    `dnsCacheSaveInterval ${spec.dnsCacheSaveInterval} is shorter than ${shortestSaveSeconds}s, which is used instead`,
  )
  return shortestSaveSeconds
}

function queueSizeOf({ dnsPacketsNfqueueSize: size }: DnsSpec, report: Report): number {
  if (size >= 1) return size
  const instead = defaultFelixSettings.dnsPacketsNfqueueSize
  report(`dnsPacketsNfqueueSize ${size} holds nothing; ${instead} is used instead`)
  return instead
}
