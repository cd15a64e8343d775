/** Source: spec/api.md 1.7. */
import { parseCidr } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { forbidden, type Issue, invalid } from '../../schema/issue.ts'
import { checkSelector } from '../rule/check-selector.ts'
import { checkPoolCidr } from './check-cidr.ts'
import type { IpPool } from './schema.ts'

type Spec = IpPool['spec']

export function* checkIpPool(pool: IpPool): Iterable<Issue> {
  yield* checkPoolCidr(pool)
  yield* checkEncapsulation(pool.spec)
  yield* checkSelectors(pool.spec)
  yield* checkUses(pool.spec)
}

const encapsulates = (mode: string | undefined) => mode === 'Always' || mode === 'CrossSubnet'

function* checkEncapsulation({ cidr, ipipMode, vxlanMode }: Spec): Iterable<Issue> {
  if (!encapsulates(ipipMode)) return
  if (encapsulates(vxlanMode))
    yield invalid('spec.vxlanMode', `must be Never with ipipMode ${ipipMode}, but is ${vxlanMode}`)
  if (parseCidr(cidr)?.version === 6)
    yield invalid('spec.ipipMode', `must be Never for IPv6, but is ${ipipMode}`)
}

function* checkSelectors(spec: Spec): Iterable<Issue> {
  for (const field of ['nodeSelector', 'namespaceSelector'] as const) {
    const text = spec[field]
    yield* checkSelector(text, `spec.${field}`)
    if (text?.includes('global(') === true)
      yield forbidden(`spec.${field}`, 'global() has no meaning in a pool')
  }
}

/** Addresses for services are given out apart from all others, and by whoever answers for the cluster as a whole. */
function* checkUses({ allowedUses = [], ...spec }: Spec): Iterable<Issue> {
  if (allowedUses.includes('Tunnel') && (spec.namespaceSelector ?? '') !== '')
    yield forbidden(
      'spec.namespaceSelector',
      'is not allowed with the use Tunnel: a tunnel belongs to no namespace',
    )
  if (!allowedUses.includes('LoadBalancer')) return
  if (allowedUses.length > 1) yield invalid('spec.allowedUses', 'LoadBalancer must be the only use')
  for (const field of ['ipipMode', 'vxlanMode'] as const) {
    if (encapsulates(spec[field]))
      yield invalid(`spec.${field}`, `must be Never with the use LoadBalancer, but is ${spec[field]}`)
  }
  if (spec.disableBGPExport === true)
    yield forbidden('spec.disableBGPExport', 'must not be true with the use LoadBalancer')
  if (spec.nodeSelector !== 'all()')
    yield invalid(
      'spec.nodeSelector',
      `must be all() with the use LoadBalancer, but is ${describe(spec.nodeSelector)}`,
    )
}
