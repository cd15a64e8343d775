/** The packet, or the request, that shows that an assertion does not hold, and what policy says of it. */
import type { Proof } from '@margay/policy'

/** `shop/web → shop/db TCP 5432: Allow`. */
export function formatVerdict({ text, verdict }: Proof): string {
  return `${text}: ${verdict}`
}

/** Every stage of both ends. */
export function stagesOf({ trace }: Proof): readonly string[] {
  return trace.length === 0 ? ['no policy is asked'] : trace
}
