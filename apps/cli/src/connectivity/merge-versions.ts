/** Rows of both IP versions; what both say is said once. */
import type { IpVersion } from '@margay/netset'
import { type End, formatEnd } from './ends.ts'

export interface VersionedRow {
  readonly ipVersions: readonly IpVersion[]
  readonly from: End
  readonly to: End
}

/** `text`: what a row says besides its ends. Rows come in the order of their ends. */
export function mergeVersions<T extends VersionedRow>(rows: readonly T[], text: (row: T) => string): T[] {
  const merged = new Map<string, T>()
  for (const row of rows) {
    const key = [formatEnd(row.from), formatEnd(row.to), text(row)].join('\n')
    const known = merged.get(key)
    const ipVersions = [...(known?.ipVersions ?? []), ...row.ipVersions]
    merged.set(key, known === undefined ? row : { ...known, ipVersions })
  }
  return [...merged].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row)
}
