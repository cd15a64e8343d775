import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { policyCondition } from './agent-report.ts'
import { type Node, nodeSchema } from './schema.ts'

const infoColumns = {
  osImage: 'OS-Image',
  kernelVersion: 'Kernel-Version',
  containerRuntimeVersion: 'Container-Runtime',
} as const

export const nodeKind = defineKind<Node>({
  apiVersion: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  hasStatus: true,
  schema: nodeSchema,
  nameFormat: subdomainName,
  printerColumns: [
    { name: 'Name', description: 'Name of the object.', value: ({ metadata }) => metadata.name },
    { name: 'Status', description: 'Ready, NotReady or Unknown.', value: readiness },
    { name: 'Roles', description: 'What it is for.', value: rolesOf },
    {
      name: 'Age',
      type: 'date',
      description: 'Time since it was created.',
      value: ({ metadata }) => metadata.creationTimestamp,
    },
    {
      name: 'Version',
      description: "Its kubelet's version.",
      value: ({ status }) => status?.nodeInfo?.kubeletVersion,
    },
    {
      name: 'Policy',
      description:
        'Whether its agent enforces policy: Enforced, NotEnforced, or Unknown when nothing is heard of it.',
      value: policyEnforcement,
    },
    {
      name: 'Internal-IP',
      description: 'Its address in the cluster.',
      wide: true,
      value: (node) => addressOf(node, 'InternalIP'),
    },
    {
      name: 'External-IP',
      description: 'Its address outside of the cluster.',
      wide: true,
      value: (node) => addressOf(node, 'ExternalIP'),
    },
    ...(['osImage', 'kernelVersion', 'containerRuntimeVersion'] as const).map((field) => ({
      name: infoColumns[field],
      description: 'As its kubelet tells.',
      wide: true,
      value: ({ status }: Node) => status?.nodeInfo?.[field] ?? '<unknown>',
    })),
  ],
  isWholeTable: true,
  fieldValues: { 'spec.unschedulable': ({ spec }) => spec?.unschedulable ?? false },
})

function readiness({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status
  const text = ready === 'True' ? 'Ready' : ready === 'False' ? 'NotReady' : 'Unknown'
  return spec?.unschedulable === true ? `${text},SchedulingDisabled` : text
}

/** Empty for a node that never had an agent. */
function policyEnforcement(node: Node): string | undefined {
  const status = policyCondition(node)?.status
  if (status === undefined) return undefined
  return status === 'True' ? 'Enforced' : status === 'False' ? 'NotEnforced' : 'Unknown'
}

/** Labels of the form `node-role.kubernetes.io/ROLE`. */
function rolesOf({ metadata }: Node): string {
  const prefix = 'node-role.kubernetes.io/'
  const labels = Object.keys(metadata.labels ?? {}).filter((label) => label.startsWith(prefix))
  return (
    labels
      .map((label) => label.slice(prefix.length))
      .sort()
      .join(',') || '<none>'
  )
}

function addressOf({ status }: Node, wanted: string): string {
  return status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>'
}
