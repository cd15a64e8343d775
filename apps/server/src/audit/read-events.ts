/** The records of a log, for people: those that a filter lets through, oldest first. */
import type { AuditEvent } from './event.ts'
import { listFiles, readLines } from './log-files.ts'

/** A plural, such as `networkpolicies`, and its group: empty for the core group, undefined for any. */
export interface AuditedResource {
  readonly plural: string
  readonly group: string | undefined
}

/** Absent: any. */
export interface AuditFilter {
  readonly resources?: readonly AuditedResource[]
  readonly name?: string
  readonly namespace?: string
  readonly user?: string
  readonly verb?: string
  /** Inclusive. */
  readonly since?: Date
  readonly until?: Date
}

/** Lines that are no records are passed over: to find these is what `verifyLog` is for. */
export async function* readAuditEvents(directory: string, filter: AuditFilter): AsyncGenerator<AuditEvent> {
  for await (const { text } of readLines(await listFiles(directory))) {
    const event = parse(text)
    if (event !== undefined && matches(event, filter)) yield event
  }
}

function parse(text: string): AuditEvent | undefined {
  try {
    const event = JSON.parse(text) as Partial<AuditEvent> | null
    return event?.kind === 'Event' && event.user !== undefined ? (event as AuditEvent) : undefined
  } catch {
    return undefined
  }
}

function matches(event: AuditEvent, filter: AuditFilter): boolean {
  const { objectRef, user, verb } = event
  const time = Date.parse(event.requestReceivedTimestamp)
  return (
    isOneOf(filter.resources, objectRef) &&
    is(filter.name, objectRef?.name) &&
    is(filter.namespace, objectRef?.namespace) &&
    is(filter.user, user.username) &&
    is(filter.verb, verb) &&
    (filter.since === undefined || time >= filter.since.getTime()) &&
    (filter.until === undefined || time <= filter.until.getTime())
  )
}

function isOneOf(wanted: AuditFilter['resources'], object: AuditEvent['objectRef']): boolean {
  if (wanted === undefined) return true
  const { resource, apiGroup = '' } = object ?? {}
  return wanted.some(
    ({ plural, group }) => plural === resource && (group === undefined || group === apiGroup),
  )
}

function is(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || wanted === value
}
