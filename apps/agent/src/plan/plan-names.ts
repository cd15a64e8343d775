/** What would become of the tables by which the kernel hands DNS to the agent. */
import { changesBetween, dnsTables } from '@margay/dataplane'
import type { Change, TableContent } from '@margay/netlink/nftables'
import type { NodeSettings } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { dnsHoldTables } from '../dns/dns-hold.ts'
import { trustedServersOf } from '../dns/trusted-servers.ts'
import type { RulesetDriver } from '../kernel/ruleset-driver.ts'

export interface PlannedNames {
  readonly settings: Pick<NodeSettings, 'dns' | 'interfacePrefixes'>
  /** Does policy of the node ask about names? */
  readonly isAsked: boolean
  readonly slices: Iterable<ResourceObject>
  readonly driver: Pick<RulesetDriver, 'read'>
}

/** @throws NetlinkError */
export function planNames({ settings, isAsked, slices, driver }: PlannedNames): Change[] {
  const present = driver.read(dnsHoldTables)
  const { dns, interfacePrefixes } = settings
  const servers = isAsked ? trustedServersOf(dns, slices) : []
  const options = { servers, interfacePrefixes, queue: dns.queueNumber, queueBy: queueByOf(present) }
  const { batches, removals } = changesBetween(present, dnsTables(options))
  return [...batches.flat(), ...removals]
}

/** As an earlier run found that the kernel can. */
function queueByOf(present: readonly TableContent[]): 'nft' | 'xtables' {
  const expressions = present
    .flatMap(({ chains }) => [...chains.values()])
    .flatMap(({ rules }) => rules.flatMap((rule) => rule.expressions))
  return expressions.some(({ type }) => type === 'nfqueue-target') ? 'xtables' : 'nft'
}
