/** What belongs to a feed is known by its name. Source: spec/enterprise.md 5.1. */
import { agentLeaseNamespace } from '../node/agent-report.ts'

/** Where secrets and config maps of feeds are. */
export const threatFeedNamespace = agentLeaseNamespace

/**
 * Whoever may write a feed chooses where its headers are sent. So a feed gets at what is named after it, and at nothing else
 * in the namespace.
 */
export function threatFeedSourcePrefix(feed: string): string {
  return `globalthreatfeed-${feed}-`
}

/** The name of a feed's set; `part` counts from 1. */
export function threatFeedSetName(feed: string, part = 1): string {
  return part === 1 ? `threatfeed.${feed}` : `threatfeed.${feed}-${part}`
}

/** Room for the number of the last set. */
export const maxFeedNameLength = 253 - threatFeedSetName('', 9999).length
