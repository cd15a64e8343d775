import { installationName, type KindDefinition, type Resource, type ResourceObject } from '@margay/resources'
import { type Suspicion, type SuspiciousSpec, suspicionsOf } from './suspicious.ts'
import {
  type AdminSpec,
  adminSuspicionsOf,
  type KubernetesSpec,
  kubernetesSuspicionsOf,
} from './suspicious-label-selectors.ts'

/** What is odd about an admitted object of whatever kind, by itself; of most that are no policies, nothing. */
export function policySuspicions(kind: KindDefinition, resource: Resource | ResourceObject): Suspicion[] {
  const spec = 'spec' in resource && isObject(resource.spec) ? resource.spec : {}
  if (kind.kind === 'FelixConfiguration') return withoutEffect(kind, spec)
  if (kind.kind === 'Installation') return uncounted(resource)
  return kind.kind.endsWith('NetworkPolicy') ? inPolicy(kind, spec) : []
}

/** Settings of Calico that are unknown here are kept, so that its objects can be applied; so are misspelt ones. */
function withoutEffect({ schema }: KindDefinition, spec: object): Suspicion[] {
  const known = schema.properties?.spec?.properties ?? {}
  return Object.keys(spec)
    .filter((setting) => !Object.hasOwn(known, setting))
    .map((setting) => ({
      path: `spec.${setting}`,
      message: 'is no setting of Margay: it is kept, and has no effect',
    }))
}

function uncounted({ metadata: { name } }: Resource | ResourceObject): Suspicion[] {
  if (name === installationName) return []
  const message = `is ${JSON.stringify(name)}: it has no effect, since the Installation that counts is ${JSON.stringify(installationName)}`
  return [{ path: 'metadata.name', message }]
}

/** The spec has the shape of its kind, since it was admitted. */
function inPolicy({ group, kind }: KindDefinition, spec: object): Suspicion[] {
  if (group === 'policy.networking.k8s.io') return adminSuspicionsOf(spec as AdminSpec)
  if (group === 'networking.k8s.io' || kind === 'StagedKubernetesNetworkPolicy')
    return kubernetesSuspicionsOf(spec as KubernetesSpec)
  return suspicionsOf(spec as SuspiciousSpec)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
