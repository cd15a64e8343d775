import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { checkPod } from './check-pod.ts'
import { type Pod, podSchema } from './schema.ts'

export const podKind = defineKind<Pod>({
  apiVersion: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  schema: podSchema,
  nameFormat: subdomainName,
  validate: checkPod,
  applyDefaults: applyPodDefaults,
  printerColumns: [
    { name: 'Ready', description: 'Containers that are ready, of all.', value: readyContainers },
    { name: 'Status', description: 'Its phase, or why it is in it.', value: statusText },
    { name: 'Restarts', type: 'integer', description: 'Of its containers, together.', value: restarts },
    {
      name: 'IP',
      description: 'Its first address.',
      wide: true,
      value: (pod) => textOf(firstAddress(pod)) ?? '<none>',
    },
    {
      name: 'Node',
      description: 'The node that it runs on.',
      wide: true,
      value: ({ spec }) => textOf(spec?.nodeName) ?? '<none>',
    },
    {
      name: 'Nominated Node',
      description: 'The node that it may get once others have left it.',
      wide: true,
      value: ({ status }) => textOf(status?.nominatedNodeName) ?? '<none>',
    },
  ],
  selectableFields: ['spec.nodeName', 'spec.serviceAccountName', 'status.phase', 'status.nominatedNodeName'],
  fieldValues: {
    'spec.restartPolicy': ({ spec }) => spec?.restartPolicy ?? 'Always',
    'spec.schedulerName': ({ spec }) => textOf(spec?.schedulerName) ?? 'default-scheduler',
    'spec.hostNetwork': ({ spec }) => spec?.hostNetwork ?? false,
    'status.podIP': firstAddress,
  },
})

/** Every pod of a Kubernetes cluster runs as a service account, `default` unless it says another, and has a phase. */
function applyPodDefaults(pod: Pod): void {
  const account = textOf(pod.spec?.serviceAccountName) ?? textOf(pod.spec?.serviceAccount) ?? 'default'
  pod.spec = { ...pod.spec, serviceAccountName: account }
  pod.status = { ...pod.status, phase: textOf(pod.status?.phase) ?? 'Pending' }
}

function textOf(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function readyContainers({ spec, status }: Pod): string {
  const statuses = status?.containerStatuses ?? []
  return `${statuses.filter(({ ready }) => ready === true).length}/${spec?.containers?.length ?? statuses.length}`
}

function statusText({ metadata, status }: Pod): string {
  return metadata.deletionTimestamp === undefined
    ? (status?.reason ?? status?.phase ?? 'Pending')
    : 'Terminating'
}

function restarts({ status }: Pod): number {
  return (status?.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0)
}

function firstAddress({ status }: Pod): string | undefined {
  return status?.podIPs?.[0]?.ip ?? status?.podIP
}
