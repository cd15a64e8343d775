/** Source: spec/api.md 1.5, and rules 63, 64 and 65 of 2.1. */
import { parseIp } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { type Issue, invalid, notSupported, required } from '../../schema/issue.ts'
import { subdomainName } from '../meta/name-format.ts'
import { interfaceNameFormat, isInterfaceName, isPortName, portNameFormat } from '../meta/names.ts'
import { carriesPorts } from '../rule/protocol.ts'
import type { HostEndpoint, HostEndpointPort } from './schema.ts'

type Spec = NonNullable<HostEndpoint['spec']>

export function* checkHostEndpoint({ spec = {} }: HostEndpoint): Iterable<Issue> {
  yield* checkPlace(spec)
  yield* checkInterface(spec)
  yield* checkAddresses(spec)
  for (const [index, name] of (spec.profiles ?? []).entries())
    yield* checkName(name, `spec.profiles[${index}]`)
  for (const [index, port] of (spec.ports ?? []).entries()) yield* checkPort(port, `spec.ports[${index}]`)
}

/** 63: which interface of which node. */
function* checkPlace({ node = '', interfaceName = '', expectedIPs = [] }: Spec): Iterable<Issue> {
  if (node === '') yield required('spec.node', 'must be the name of a node')
  else yield* checkName(node, 'spec.node')
  if (interfaceName === '' && expectedIPs.length === 0)
    yield required('spec.interfaceName', 'is required where there are no expectedIPs')
}

/** 64. */
function* checkInterface({ interfaceName = '' }: Spec): Iterable<Issue> {
  if (interfaceName === '' || interfaceName === '*' || isInterfaceName(interfaceName)) return
  yield invalid(
    'spec.interfaceName',
    `must be "*" or ${interfaceNameFormat}, but is ${describe(interfaceName)}`,
  )
}

function* checkAddresses({ expectedIPs = [] }: Spec): Iterable<Issue> {
  for (const [index, text] of expectedIPs.entries()) {
    if (parseIp(text) !== undefined) continue
    yield invalid(`spec.expectedIPs[${index}]`, `must be an IPv4 or IPv6 address, but is ${describe(text)}`)
  }
}

function* checkName(name: string, path: string): Iterable<Issue> {
  if (!subdomainName.isValid(name))
    yield invalid(path, `must be ${subdomainName.allowed}, but is ${describe(name)}`)
}

/** 65. Two ports may have one name, so that it means TCP and UDP. */
function* checkPort({ name, protocol }: HostEndpointPort, path: string): Iterable<Issue> {
  if (!isPortName(name)) yield invalid(`${path}.name`, `must not be ${describe(name)}: ${portNameFormat}`)
  if (!carriesPorts(protocol))
    yield notSupported(`${path}.protocol`, `must be TCP, UDP or SCTP, but is ${describe(protocol)}`)
}
