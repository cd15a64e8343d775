import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { type Node, nodeSchema } from './schema.ts'

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
    { name: 'Status', description: 'Ready, NotReady or Unknown.', value: readiness },
    {
      name: 'Version',
      description: "Its kubelet's version.",
      value: ({ status }) => status?.nodeInfo?.kubeletVersion,
    },
    { name: 'Internal-IP', description: 'Its address in the cluster.', wide: true, value: internalAddress },
  ],
  selectableFields: ['spec.unschedulable'],
})

function readiness({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status
  const text = ready === 'True' ? 'Ready' : ready === 'False' ? 'NotReady' : 'Unknown'
  return spec?.unschedulable === true ? `${text},SchedulingDisabled` : text
}

function internalAddress({ status }: Node): string | undefined {
  return status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
}
