/** What networking relies on in a Pod. Source: Kubernetes API validation of core/v1 Pod. */
import { parseIp } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { duplicate, type Issue, invalid } from '../../schema/issue.ts'
import { isDnsLabel, isDnsSubdomain, isPortName, portNameFormat } from '../meta/names.ts'
import type { Pod } from './schema.ts'

type Container = NonNullable<NonNullable<Pod['spec']>['containers']>[number]

interface ContainerSite {
  readonly container: Container
  readonly path: string
}

export function* checkPod(pod: Pod): Iterable<Issue> {
  const sites = containersOf(pod)
  yield* checkContainerNames(sites)
  for (const site of sites) yield* checkPortNames(site)
  yield* checkReferences(pod)
  yield* checkAddresses(pod)
}

function* checkContainerNames(sites: readonly ContainerSite[]): Iterable<Issue> {
  const seen = new Set<string>()
  for (const { container, path } of sites) {
    const { name } = container
    if (name === undefined) continue
    if (!isDnsLabel(name)) yield invalid(`${path}.name`, `${containerNameFormat}, but is ${describe(name)}`)
    if (seen.has(name)) yield duplicate(`${path}.name`, `${describe(name)} is the name of another container`)
    seen.add(name)
  }
}

const containerNameFormat = 'must be at most 63 characters of a-z, 0-9 and inner "-"'

/** Port names are unique within a container, so that a policy that names one means one. */
function* checkPortNames({ container, path }: ContainerSite): Iterable<Issue> {
  const seen = new Set<string>()
  for (const [index, { name }] of (container.ports ?? []).entries()) {
    if (name === undefined || name === '') continue
    const at = `${path}.ports[${index}].name`
    if (!isPortName(name)) yield invalid(at, `must not be ${describe(name)}: ${portNameFormat}`)
    if (seen.has(name)) yield duplicate(at, `${describe(name)} is the name of another port`)
    seen.add(name)
  }
}

function* checkReferences({ spec }: Pod): Iterable<Issue> {
  for (const field of ['nodeName', 'serviceAccountName'] as const) {
    const name = spec?.[field] ?? ''
    if (name !== '' && !isDnsSubdomain(name)) {
      yield invalid(`spec.${field}`, `must be a name of a-z, 0-9, "-" and ".", but is ${describe(name)}`)
    }
  }
}

function* checkAddresses({ status }: Pod): Iterable<Issue> {
  yield* checkAddress(status?.podIP, 'status.podIP')
  for (const [index, { ip }] of (status?.podIPs ?? []).entries())
    yield* checkAddress(ip, `status.podIPs[${index}].ip`)
}

function* checkAddress(ip: string | undefined, path: string): Iterable<Issue> {
  if (ip === undefined || ip === '' || parseIp(ip) !== undefined) return
  yield invalid(path, `must be an IPv4 or IPv6 address, but is ${describe(ip)}`)
}

function containersOf({ spec }: Pod): ContainerSite[] {
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    (spec?.[list] ?? []).map((container, index) => ({ container, path: `spec.${list}[${index}]` })),
  )
}
