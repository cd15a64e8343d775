import type { ServiceSet } from '@margay/policy'
import { expect, test } from 'vitest'
import { areaOf } from './area.ts'
import type { PeerRule } from './peer-rule.ts'

const noNames = { ports: [], notPorts: [], service: [] }
const service = { id: 'service shop/web' } as ServiceSet

const rule = (parts: Partial<PeerRule>): PeerRule => ({
  action: 'Allow',
  owner: { tier: 'default', kind: 'gnp', path: 'a' },
  origin: 0,
  position: 0,
  protocol: undefined,
  notProtocol: undefined,
  icmp: undefined,
  notIcmp: undefined,
  ownPorts: undefined,
  notOwnPorts: undefined,
  peer: {} as PeerRule['peer'],
  source: {} as PeerRule['source'],
  ...parts,
})

test('no ICMP message goes to a service, whichever messages the rule excludes', () => {
  const toService = rule({
    notIcmp: { type: 128, code: undefined },
    peer: { inService: service } as PeerRule['peer'],
  })
  expect(areaOf(toService, 1, noNames, { direction: 'Egress', version: 4 })).toBeUndefined()
  expect(areaOf(toService, 1, noNames, { direction: 'Ingress', version: 4 })).toBeDefined()
})
