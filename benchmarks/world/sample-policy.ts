import type { ResourceObject } from '@margay/resources'

/** A policy of about 1 KiB as JSON, with a part that can change. */
export function samplePolicy(name: string, order: number, namespace = 'default'): ResourceObject {
  const rule = (port: number) => ({
    action: 'Allow',
    protocol: 'TCP',
    source: { namespaceSelector: "zone == 'east'", selector: `role == 'web' && has(app-${port})` },
    destination: { ports: [port, 'http'] },
  })
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name, namespace, labels: { app: 'shop', role: 'api' } },
    spec: {
      order,
      selector: "app == 'shop' && role == 'api'",
      types: ['Ingress'],
      ingress: [8080, 8081, 8082, 8083].map(rule),
    },
  }
}
