/**
 * From what makes pods to one pod of its kind, so that policy can be asked about a Deployment before it runs.
 * Source: Kubernetes API, apps/v1, batch/v1 and core/v1.
 */
import type { ResourceObject } from '../kinds/resource.ts'

/**
 * A pod with the workload's name and namespace and with its template's labels and spec. It has no address, and it is
 * not checked: admit it as any pod. Undefined for an object that is not a workload, or that has no template.
 */
export function workloadToPod(workload: ResourceObject): ResourceObject | undefined {
  const path = templatePaths.get(`${groupOf(workload.apiVersion)}/${workload.kind}`)
  if (path === undefined) return undefined
  const template = path.reduce<unknown>((value, field) => fieldsOf(value)?.[field], workload)
  const { metadata, spec } = fieldsOf(template) ?? {}
  if (spec === undefined) return undefined
  const { labels, annotations } = fieldsOf(metadata) ?? {}
  const { name, namespace } = workload.metadata
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      // Whatever is in the template: checking it is part of checking the pod.
      ...(labels !== undefined && { labels: labels as Record<string, string> }),
      ...(annotations !== undefined && { annotations: annotations as Record<string, string> }),
    },
    spec,
  }
}

const usual = ['spec', 'template']

const templatePaths: ReadonlyMap<string, readonly string[]> = new Map([
  ['apps/Deployment', usual],
  ['apps/ReplicaSet', usual],
  ['apps/StatefulSet', usual],
  ['apps/DaemonSet', usual],
  ['batch/Job', usual],
  ['batch/CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
  ['/ReplicationController', usual],
])

/** Empty for the core group, whose `apiVersion` is a version alone. */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as Readonly<Record<string, unknown>>
}
