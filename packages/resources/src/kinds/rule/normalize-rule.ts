/** Brings the rules of a policy into the one form that is stored: numbers as numbers. Changes its argument. */
import { normalizePort } from './port.ts'
import { normalizeProtocol } from './protocol.ts'
import type { EntityRule, Rule } from './schema.ts'

export function normalizeRule(rule: Rule): void {
  if (rule.protocol !== undefined) rule.protocol = normalizeProtocol(rule.protocol)
  if (rule.notProtocol !== undefined) rule.notProtocol = normalizeProtocol(rule.notProtocol)
  for (const peer of [rule.source, rule.destination]) if (peer !== undefined) normalizePeer(peer)
}

function normalizePeer(peer: EntityRule): void {
  if (peer.ports !== undefined) peer.ports = peer.ports.map(normalizePort)
  if (peer.notPorts !== undefined) peer.notPorts = peer.notPorts.map(normalizePort)
}
