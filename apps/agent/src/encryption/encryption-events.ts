/** How what happens to encryption reads as Events. */
import type { EventReason, NodeEvents } from '../status/node-events.ts'
import { EncryptionHappenings, type Happening } from './encryption-happenings.ts'
import type { EncryptionLook } from './encryption-reporter.ts'

const mostNamed = 10

/** To be told of each look. */
export function encryptionTeller(events: Pick<NodeEvents, 'tell'>): (look: EncryptionLook) => void {
  const happenings = new EncryptionHappenings()
  return (look) => {
    for (const { reason, of } of happenings.take(look)) events.tell(encryptionEvents[reason], of)
  }
}

const encryptionEvents: Readonly<Record<Happening['reason'], EventReason>> = {
  WireguardKeyRotated: {
    reason: 'WireguardKeyRotated',
    type: 'Normal',
    message: (of) => `The WireGuard key of ${listText(of)} was made anew`,
  },
  WireguardPeerClear: {
    reason: 'WireguardPeerClear',
    type: 'Warning',
    message: (of) => `What is sent to these nodes is not encrypted any more: ${listText(of)}`,
  },
  WireguardPeerEncrypted: {
    reason: 'WireguardPeerEncrypted',
    type: 'Normal',
    message: (of) => `What is sent to these nodes is encrypted again: ${listText(of)}`,
  },
  WireguardProblem: {
    reason: 'WireguardProblem',
    type: 'Warning',
    message: (of) => listText(of, '; '),
  },
}

function listText(all: readonly string[], separator = ', '): string {
  const rest = all.length - mostNamed
  const named = all.slice(0, mostNamed).join(separator)
  return rest > 0 ? `${named}${separator}and ${rest} more` : named
}
