/** Source: Kubernetes API validation of core/v1 Service. */
import { parseIp } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { duplicate, type Issue, invalid, required } from '../../schema/issue.ts'
import {
  isDnsLabel,
  isDnsSubdomain,
  isLabelValue,
  isPortName,
  isQualifiedName,
  portNameFormat,
} from '../meta/names.ts'
import type { Service } from './schema.ts'

type Spec = NonNullable<Service['spec']>
type Port = NonNullable<Spec['ports']>[number]

export function* checkService({ spec = {} }: Service): Iterable<Issue> {
  yield* checkKind(spec)
  yield* checkPorts(spec.ports ?? [])
  yield* checkSelector(spec)
  for (const field of ['clusterIPs', 'externalIPs'] as const)
    for (const [index, text] of (spec[field] ?? []).entries())
      yield* checkAddress(text, `spec.${field}[${index}]`, field)
  yield* checkAddress(spec.clusterIP, 'spec.clusterIP', 'clusterIPs')
}

function* checkKind(spec: Spec): Iterable<Issue> {
  if (spec.type === 'ExternalName') {
    const name = (spec.externalName ?? '').replace(/\.$/, '')
    if (name === '') yield required('spec.externalName', 'is required for type ExternalName')
    else if (!isDnsSubdomain(name))
      yield invalid('spec.externalName', `must be a DNS name, but is ${describe(name)}`)
    return
  }
  const isHeadless = spec.clusterIP === 'None'
  if ((spec.ports ?? []).length === 0 && !isHeadless)
    yield required('spec.ports', 'is required, but for headless services and type ExternalName')
  if (isHeadless && spec.type !== 'ClusterIP')
    yield invalid('spec.clusterIP', `may not be None for type ${spec.type}`)
}

function* checkPorts(ports: readonly Port[]): Iterable<Issue> {
  const names = new Set<string>()
  const numbers = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const path = `spec.ports[${index}]`
    const { name = '', protocol } = port
    if (name === '' && ports.length > 1)
      yield required(`${path}.name`, 'is required where there are several ports')
    if (name !== '' && !isDnsLabel(name))
      yield invalid(
        `${path}.name`,
        `must be at most 63 characters of a-z, 0-9 and inner "-", but is ${describe(name)}`,
      )
    if (name !== '' && names.has(name))
      yield duplicate(`${path}.name`, `${describe(name)} is the name of another port`)
    if (numbers.has(`${protocol} ${port.port}`))
      yield duplicate(path, `${protocol} ${port.port} stands there already`)
    names.add(name)
    numbers.add(`${protocol} ${port.port}`)
    yield* checkTarget(port, path)
  }
}

function* checkTarget({ targetPort }: Port, path: string): Iterable<Issue> {
  if (targetPort === undefined) return
  const at = `${path}.targetPort`
  if (typeof targetPort === 'string') {
    if (!isPortName(targetPort)) yield invalid(at, `must not be ${describe(targetPort)}: ${portNameFormat}`)
  } else if (targetPort < 1 || targetPort > 65535) {
    yield invalid(at, `must be from 1 to 65535, but is ${targetPort}`)
  }
}

function* checkSelector({ selector = {} }: Spec): Iterable<Issue> {
  for (const [label, value] of Object.entries(selector)) {
    if (isQualifiedName(label) && isLabelValue(value)) continue
    yield invalid('spec.selector', `must hold labels, but has ${describe(label)}: ${describe(value)}`)
  }
}

function* checkAddress(
  text: string | undefined,
  path: string,
  field: 'clusterIPs' | 'externalIPs',
): Iterable<Issue> {
  const isSpecial = field === 'clusterIPs' && (text === 'None' || text === '')
  if (text === undefined || isSpecial || parseIp(text) !== undefined) return
  yield invalid(path, `must be an IPv4 or IPv6 address, but is ${describe(text)}`)
}
