import type { IpVersion } from '@margay/netset'
import type { PolicyState } from '../state/policy-state.ts'

/** The IP versions in which somebody has an address; 4 where nobody's is known. Host endpoints judge packets of both, whatever theirs are. */
export function versionsIn(states: readonly PolicyState[]): IpVersion[] {
  const found = new Set<IpVersion>()
  if (states.some(({ hostEndpoints }) => hostEndpoints.size > 0)) return [4, 6]
  for (const { endpoints } of states)
    for (const { addresses } of endpoints.values()) for (const { version } of addresses) found.add(version)
  return found.size === 0 ? [4] : [...found].sort()
}
