import { parseIp } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { duplicate, type Issue, invalid } from '../../schema/issue.ts'
import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { isDnsLabel, isDnsSubdomain } from '../meta/names.ts'
import { type EndpointSlice, endpointSliceSchema } from './schema.ts'

export const endpointSliceKind = defineKind<EndpointSlice>({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  schema: endpointSliceSchema,
  nameFormat: subdomainName,
  validate: checkEndpointSlice,
  printerColumns: [
    {
      name: 'AddressType',
      description: 'The family of its addresses.',
      value: ({ addressType }) => addressType,
    },
    {
      name: 'Ports',
      description: 'Its ports.',
      value: ({ ports }) => ports?.map(({ port }) => port ?? '*').join(','),
    },
    {
      name: 'Endpoints',
      description: 'Its addresses.',
      value: ({ endpoints }) => endpoints?.flatMap(({ addresses }) => addresses).join(','),
    },
  ],
})

/** Source: Kubernetes API validation of discovery.k8s.io/v1 EndpointSlice. */
function* checkEndpointSlice({ addressType, endpoints = [], ports = [] }: EndpointSlice): Iterable<Issue> {
  for (const [i, { addresses }] of endpoints.entries()) {
    for (const [j, address] of addresses.entries()) {
      if (isAddress(address, addressType)) continue
      yield invalid(
        `endpoints[${i}].addresses[${j}]`,
        `must be an address of type ${addressType}, but is ${describe(address)}`,
      )
    }
  }
  const names = new Set<string>()
  for (const [index, { name = '' }] of ports.entries()) {
    const path = `ports[${index}].name`
    if (name !== '' && !isDnsLabel(name))
      yield invalid(path, `must be at most 63 characters of a-z, 0-9 and inner "-", but is ${describe(name)}`)
    if (names.has(name)) yield duplicate(path, `${describe(name)} is the name of another port`)
    names.add(name)
  }
}

function isAddress(text: string, type: EndpointSlice['addressType']): boolean {
  if (type === 'FQDN') return isDnsSubdomain(text)
  return parseIp(text)?.version === (type === 'IPv4' ? 4 : 6)
}
