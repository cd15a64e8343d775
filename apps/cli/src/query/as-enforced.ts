import { enforcedForm } from '@margay/policy'
import type { Resource } from '@margay/resources'

/** The resources as they would be if the staged policies were enforced, each in the place of the policy of its name. */
export function asEnforced(resources: readonly Resource[]): Resource[] {
  return [...enforcedForms(resources).keys()]
}

/** The same, each with the resource that it was made of. */
export function enforcedForms(resources: readonly Resource[]): Map<Resource, Resource> {
  const replaced = new Set(resources.filter(isStaged).map((it) => identityOf({ ...it, ...enforcedHead(it) })))
  const staying = resources.filter((it) => isStaged(it) || !replaced.has(identityOf(it)))
  return new Map(
    staying.flatMap((it): [Resource, Resource][] => {
      const form = enforcedForm(it)
      return form === undefined ? [] : [[form, it]]
    }),
  )
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
