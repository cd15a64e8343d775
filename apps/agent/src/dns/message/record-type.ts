/** Types of records that are read here. Source: IANA, "Domain Name System (DNS) Parameters". */
export const RecordType = { A: 1, CNAME: 5, AAAA: 28, SVCB: 64, HTTPS: 65, ANY: 255 } as const

/** As lists show it: by number where it is none of those. Source: RFC 3597 section 5. */
export function formatRecordType(type: number): string {
  const known = Object.entries(RecordType).find(([, number]) => number === type)
  return known?.[0] ?? `TYPE${type}`
}
