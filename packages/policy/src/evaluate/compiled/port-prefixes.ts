import type { PortRange } from '@margay/netset'

/** All ports whose 16 bits begin with the `length` bits of `prefix`; so a range can be looked up without being walked to. */
interface PortPrefix {
  /** 0 to 16. */
  readonly length: number
  readonly prefix: number
}

export const portBits = 16

/** The fewest that together are the range: at most 30; none of a range that holds nothing. */
export function portPrefixes({ min, max }: PortRange): PortPrefix[] {
  const prefixes: PortPrefix[] = []
  for (let start = min; start <= max; ) {
    let hostBits = start === 0 ? portBits : 31 - Math.clz32(start & -start)
    while (start + 2 ** hostBits - 1 > max) hostBits--
    prefixes.push({ length: portBits - hostBits, prefix: start >>> hostBits })
    start += 2 ** hostBits
  }
  return prefixes
}
