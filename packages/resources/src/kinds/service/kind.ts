import { defineKind } from '../kind-definition.ts'
import { serviceName } from '../meta/name-format.ts'
import { checkService } from './check-service.ts'
import { type Service, serviceSchema } from './schema.ts'

export const serviceKind = defineKind<Service>({
  apiVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  schema: serviceSchema,
  nameFormat: serviceName,
  validate: checkService,
  applyDefaults: applyServiceDefaults,
  printerColumns: [
    { name: 'Type', description: 'How it is reached.', value: ({ spec }) => spec?.type },
    {
      name: 'Cluster-IP',
      description: 'Its address in the cluster.',
      value: ({ spec }) => spec?.clusterIP || '<none>',
    },
    {
      name: 'External-IP',
      description: 'Its addresses outside of the cluster.',
      value: ({ spec }) => spec?.externalIPs?.join(',') || spec?.externalName || '<none>',
    },
    { name: 'Port(s)', description: 'Its ports.', value: portsOf },
    { name: 'Selector', description: 'Labels of its pods.', wide: true, value: selectorOf },
  ],
  selectableFields: ['spec.clusterIP', 'spec.type'],
})

/** Traffic goes to the port of the same number, unless another one is named. */
function applyServiceDefaults({ spec }: Service): void {
  for (const port of spec?.ports ?? []) port.targetPort ??= port.port
}

function portsOf({ spec }: Service): string {
  const ports = spec?.ports ?? []
  return ports
    .map(({ port, nodePort = 0, protocol }) => `${port}${nodePort === 0 ? '' : `:${nodePort}`}/${protocol}`)
    .join(',')
}

function selectorOf({ spec }: Service): string {
  const labels = Object.entries(spec?.selector ?? {})
  return labels.map(([label, value]) => `${label}=${value}`).join(',') || '<none>'
}
