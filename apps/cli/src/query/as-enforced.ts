import { enforcedForm } from '@margay/policy'
import type { Resource } from '@margay/resources'

/** The resources as they would be if the staged policies were enforced, each in the place of the policy of its name. */
export function asEnforced(resources: readonly Resource[]): Resource[] {
  const staged = resources.filter(isStaged)
  const replaced = new Set(staged.map((it) => identityOf({ ...it, ...enforcedHead(it) })))
  return resources.flatMap((it) => {
    if (!isStaged(it)) return replaced.has(identityOf(it)) ? [] : [it]
    return enforcedForm(it) ?? []
  })
}

type Head = Pick<Resource, 'apiVersion' | 'kind'>

/** Also of one that only deletes. */
function enforcedHead({ apiVersion, kind }: Resource): Head {
  if (kind === 'StagedKubernetesNetworkPolicy')
    return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' } as Head
  return { apiVersion, kind: kind.slice('Staged'.length) } as Head
}

function identityOf({ apiVersion, kind, metadata }: Head & Pick<Resource, 'metadata'>): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`
}

export function isStaged({ kind }: Pick<Resource, 'kind'>): boolean {
  return kind.startsWith('Staged')
}
