import { apiGroup } from './api/group.ts'
import { authzGroup } from './authz/group.ts'
import { dataplaneGroup } from './dataplane/group.ts'
import { dnsGroup } from './dns/group.ts'
import { enforceGroup } from './enforce/group.ts'
import type { Group } from './harness/bench.ts'
import { matrixGroup } from './matrix/group.ts'
import { policyGroup } from './policy/group.ts'
import { storageGroup } from './storage/group.ts'
import { wireguardGroup } from './wireguard/group.ts'

export const groups: readonly Group[] = [
  policyGroup,
  matrixGroup,
  enforceGroup,
  dataplaneGroup,
  apiGroup,
  storageGroup,
  wireguardGroup,
  dnsGroup,
  authzGroup,
]
