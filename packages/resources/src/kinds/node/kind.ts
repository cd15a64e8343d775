import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { policyCondition } from './agent-report.ts'
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
      name: 'Policy',
      description:
        'Whether its agent enforces policy: Enforced, NotEnforced, or Unknown when nothing is heard of it.',
      value: policyEnforcement,
    },
    {
      name: 'Version',
      description: "Its kubelet's version.",
      value: ({ status }) => status?.nodeInfo?.kubeletVersion,
    },
    { name: 'Internal-IP', description: 'Its address in the cluster.', wide: true, value: internalAddress },
  ],
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

function internalAddress({ status }: Node): string | undefined {
  return status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
}
