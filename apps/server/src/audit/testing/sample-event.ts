import type { AuditEvent } from '../event.ts'

/** A change of a policy, as the server records it. */
export function sampleEvent({ name = 'web' }: { readonly name?: string } = {}): AuditEvent {
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: `id-${name}`,
    stage: 'ResponseComplete',
    requestURI: `/apis/projectcalico.org/v3/namespaces/shop/networkpolicies/${name}`,
    verb: 'update',
    user: { username: 'ann', groups: ['system:authenticated'] },
    sourceIPs: ['127.0.0.1'],
    objectRef: {
      resource: 'networkpolicies',
      apiGroup: 'projectcalico.org',
      apiVersion: 'v3',
      namespace: 'shop',
      name,
    },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: '2026-01-02T03:04:05.000000Z',
    stageTimestamp: '2026-01-02T03:04:05.001000Z',
    annotations: {},
  }
}
