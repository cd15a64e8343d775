/** Worlds in which many policies are staged: in the place of the enforced one, beside it, or to take it away. */
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'

/** The same objects, but for policies: some become their staged kind, and some have a staged sibling of their name. */
export function withStaged(worlds: fc.Arbitrary<ResourceObject[]>): fc.Arbitrary<ResourceObject[]> {
  const changes = fc.array(fc.constantFrom('None', 'Staged', 'Changed', 'Deleted', 'None'), {
    minLength: 12,
    maxLength: 12,
  })
  return fc.tuple(worlds, changes).map(([objects, changes]) => {
    const staged = objects.flatMap((object, i) => stagedBy(changes[i % changes.length], object, objects))
    return [...new Map(staged.map((object) => [identityOf(object), object])).values()]
  })
}

function stagedBy(
  change: string | undefined,
  object: ResourceObject,
  all: readonly ResourceObject[],
): ResourceObject[] {
  const form = stagedForm(object)
  if (form === undefined) return [object]
  const { tier } = object.spec as { readonly tier?: string }
  switch (change) {
    case 'Staged':
      return [{ ...object, ...form }]
    case 'Changed': {
      const another = all.findLast(
        ({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind,
      )
      return [object, { ...object, ...form, spec: another?.spec }]
    }
    case 'Deleted': {
      const spec = { ...(tier === undefined ? {} : { tier }), stagedAction: 'Delete' }
      return [object, { ...object, ...form, spec }]
    }
    default:
      return [object]
  }
}

/** Undefined for what has no staged kind. */
function stagedForm({ apiVersion, kind }: ResourceObject) {
  const staged = { apiVersion: 'projectcalico.org/v3', kind: `Staged${kind}` }
  if (apiVersion === 'networking.k8s.io/v1' && kind === 'NetworkPolicy')
    return { ...staged, kind: 'StagedKubernetesNetworkPolicy' }
  const isTiered = kind === 'NetworkPolicy' || kind === 'GlobalNetworkPolicy'
  return isTiered && apiVersion === staged.apiVersion ? staged : undefined
}

function identityOf({ apiVersion, kind, metadata }: ResourceObject): string {
  return `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}
