/**
 * How fast a pod may receive and send. What goes to it waits at its interface; what comes from it is first sent through a link
 * of the agent's own, because a link lets only wait what it sends. Source: dataplane specification, section 9.2.
 */
import type { Bandwidth } from '@margay/policy'
import type { ShapingBucket } from './host-model.ts'

/** Packets wait no longer than this at the rate itself; what would is dropped, and its sender goes slower. */
const longestWaitSeconds = 0.025
/** A jumbo frame: with smaller bursts, packets could never pass. */
const leastBurstBytes = 9018
const largestBytes = 0xffff_ffff

export function shapingBucket({ bitsPerSecond, burstBits, peak }: Bandwidth): ShapingBucket {
  const bytesPerSecond = Math.ceil(bitsPerSecond / 8)
  const burstBytes = burstOf(burstBits / 8)
  return {
    bytesPerSecond,
    burstBytes,
    limitBytes: Math.min(Math.ceil(bytesPerSecond * longestWaitSeconds) + burstBytes, largestBytes),
    peak:
      peak === undefined
        ? undefined
        : {
            bytesPerSecond: Math.ceil(peak.bitsPerSecond / 8),
            burstBytes: burstOf(peak.minBurstBytes ?? leastBurstBytes),
          },
  }
}

function burstOf(bytes: number): number {
  return Math.min(Math.max(Math.ceil(bytes), leastBurstBytes), largestBytes)
}

const linkPrefix = 'mgbw'

/** The link through which goes what an interface's pod sends; at most 15 characters, as names of links must have. */
export function shapingLinkOf(interfaceName: string): string {
  return `${linkPrefix}${interfaceName.slice(linkPrefix.length - 15)}`
}

export function isShapingLink({ name, kind }: { readonly name: string; readonly kind?: string | undefined }) {
  return name.startsWith(linkPrefix) && kind === 'ifb'
}
