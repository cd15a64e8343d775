/** Namespaces and pods of a world that has the same shape at every size: 25 pods a namespace, 20 applications. */
import type { ResourceObject } from '@margay/resources'

export const podsPerNamespace = 25
export const applications = 20
export const roles = ['web', 'api', 'db'] as const
export const httpPort = 8080
export const dnsPort = 5353
export const nodeName = 'node-1'

export function namespaceName(index: number): string {
  return `team-${index}`
}

/** How many namespaces so many pods live in. */
export function namespaceCount(pods: number): number {
  return Math.max(1, Math.ceil(pods / podsPerNamespace))
}

export function namespaceObject(index: number): ResourceObject {
  const labels = { zone: index % 2 === 0 ? 'east' : 'west' }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceName(index), labels } }
}

/** Pod `index` of the world; all on one node, each with an address of both families. */
export function podObject(index: number): ResourceObject {
  const labels = { app: `app-${index % applications}`, role: roles[index % roles.length] ?? 'web' }
  const namespace = namespaceName(Math.floor(index / podsPerNamespace))
  return podNamed(namespace, `pod-${index}`, labels, podAddresses(index))
}

/** From 10.80.0.0/16 and fd80::/112, so at most 65,536. */
export function podAddresses(index: number): readonly [string, string] {
  return [`10.80.${index >> 8}.${index & 255}`, `fd80::${index.toString(16)}`]
}

export function podNamed(
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  ips: readonly string[],
): ResourceObject {
  const ports = [
    { name: 'http', containerPort: httpPort, protocol: 'TCP' },
    { name: 'dns', containerPort: dnsPort, protocol: 'UDP' },
  ]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { ...labels } },
    spec: { nodeName, containers: [{ name: 'main', image: 'example.com/main:1', ports }] },
    status: { phase: 'Running', podIPs: ips.map((ip) => ({ ip })) },
  }
}
