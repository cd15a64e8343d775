/**
 * Sets of ports written as lists of ranges.
 *
 * Answers are canonical: sorted, disjoint and with a gap between any two, so equal sets give equal lists.
 * A range whose `min` is above its `max` holds nothing.
 */
export interface PortRange {
  /** 0 to 65535, included. */
  readonly min: number
  /** 0 to 65535, included. */
  readonly max: number
}

const highestPort = 65_535

/** The same ports in canonical form. */
export function mergePorts(ranges: Iterable<PortRange>): PortRange[] {
  const merged: PortRange[] = []
  for (const range of [...ranges].filter(isNotEmpty).sort((left, right) => left.min - right.min)) {
    const previous = merged.at(-1)
    if (previous === undefined || range.min > previous.max + 1)
      merged.push({ min: range.min, max: range.max })
    else if (range.max > previous.max) merged[merged.length - 1] = { min: previous.min, max: range.max }
  }
  return merged
}

export function portsContain(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some((range) => range.min <= port && port <= range.max)
}

/** All ports from 0 to 65535 that are in none of the ranges. */
export function complementPorts(ranges: Iterable<PortRange>): PortRange[] {
  const gaps: PortRange[] = []
  let next = 0
  for (const range of mergePorts(ranges)) {
    gaps.push({ min: next, max: range.min - 1 })
    next = range.max + 1
  }
  gaps.push({ min: next, max: highestPort })
  return gaps.filter(isNotEmpty)
}

/** The ports that are in both. */
export function intersectPorts(left: Iterable<PortRange>, right: Iterable<PortRange>): PortRange[] {
  const others = mergePorts(right)
  const overlaps = mergePorts(left).flatMap((range) =>
    others.map((other) => ({ min: Math.max(range.min, other.min), max: Math.min(range.max, other.max) })),
  )
  return overlaps.filter(isNotEmpty)
}

/** The ports of `from` that are not in `minus`. */
export function subtractPorts(from: Iterable<PortRange>, minus: Iterable<PortRange>): PortRange[] {
  return intersectPorts(from, complementPorts(minus))
}

/** `80` for one port, `80:90` for several, as in the `ports` of a Calico rule. */
export function formatPortRange(range: PortRange): string {
  return range.min === range.max ? `${range.min}` : `${range.min}:${range.max}`
}

function isNotEmpty(range: PortRange): boolean {
  return range.min <= range.max
}
