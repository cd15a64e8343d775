import { basename } from 'node:path'
import { type AuditEvent, microTime } from './event.ts'
import type { LogFile } from './log-files.ts'

/** Says which records went, so that a log that begins later is no riddle. */
export function retentionEvent(file: LogFile, next: LogFile, now: Date): AuditEvent {
  const time = microTime(now)
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: `retention-${file.first}`,
    stage: 'ResponseComplete',
    requestURI: `/audit/${basename(file.path)}`,
    verb: 'delete',
    user: { username: 'system:margay:audit-retention', groups: [] },
    sourceIPs: [],
    responseStatus: {
      metadata: {},
      code: 200,
      message: `records ${file.first} to ${next.first - 1} were removed by retention`,
    },
    requestReceivedTimestamp: time,
    stageTimestamp: time,
    annotations: {},
  }
}
