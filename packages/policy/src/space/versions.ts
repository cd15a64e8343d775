import type { IpVersion } from '@margay/netset'
import type { PolicyState } from '../state/policy-state.ts'

/** The IP versions in which somebody has an address; 4 where nobody's is known. */
export function versionsIn(states: readonly PolicyState[]): IpVersion[] {
  const found = new Set<IpVersion>()
  for (const { endpoints } of states)
    for (const { addresses } of endpoints.values()) for (const { version } of addresses) found.add(version)
  return found.size === 0 ? [4] : [...found].sort()
}
