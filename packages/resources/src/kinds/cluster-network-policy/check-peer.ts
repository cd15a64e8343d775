/** Whom a policy of the cluster is about; the same for all of its kinds. Source: Kubernetes network policy API. */
import { parseCidr, parseIp } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { type Issue, invalid } from '../../schema/issue.ts'
import { checkLabelSelector } from '../label-selector/check-label-selector.ts'
import type { LabelSelector } from '../label-selector/schema.ts'
import type { AnySubject } from './subject.ts'

/** Those whom only egress rules speak of. */
interface Outside {
  readonly nodes?: LabelSelector
  readonly networks?: readonly string[]
}

export function* checkPods({ namespaces, pods }: AnySubject, path: string): Iterable<Issue> {
  yield* checkLabelSelector(namespaces, `${path}.namespaces`)
  yield* checkLabelSelector(pods?.namespaceSelector, `${path}.pods.namespaceSelector`)
  yield* checkLabelSelector(pods?.podSelector, `${path}.pods.podSelector`)
}

export function* checkPeer(peer: AnySubject & Outside, path: string): Iterable<Issue> {
  yield* checkPods(peer, path)
  yield* checkLabelSelector(peer.nodes, `${path}.nodes`)
  for (const [index, text] of (peer.networks ?? []).entries()) {
    if (parseCidr(text) !== undefined && !isIpv4Mapped(text)) continue
    yield invalid(
      `${path}.networks[${index}]`,
      `must be a CIDR such as 10.0.0.0/8 or fd00::/8, but is ${describe(text)}`,
    )
  }
}

/** Such as ::ffff:10.0.0.0/104, which this API has no place for. Source: Kubernetes, the CEL function isCIDR. */
function isIpv4Mapped(cidr: string): boolean {
  const [address = ''] = cidr.split('/')
  return address.includes(':') && parseIp(address)?.version === 4
}
