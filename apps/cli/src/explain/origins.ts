/** Where what decided was written: file and line, or the version of the object on the server. */
import type { PolicyRef } from '@margay/policy'
import type { Resource } from '@margay/resources'
import { enforcedForms } from '../query/as-enforced.ts'
import type { LocatedResource } from '../query/load-resources.ts'
import type { World } from '../query/world.ts'

export type Origin =
  | { readonly file: string; readonly line: number }
  | { readonly resourceVersion: string }
  | Record<string, never>

/** The resources that are explained, and where they came from. */
export class Origins {
  readonly #world: World
  readonly #forms: ReadonlyMap<Resource, Resource>

  constructor(world: World) {
    this.#world = world
    this.#forms = enforcedForms(world.resources)
  }

  get resources(): readonly Resource[] {
    return this.#world.resources
  }

  /** As they would be if the staged policies were enforced. */
  get enforced(): readonly Resource[] {
    return [...this.#forms.keys()]
  }

  /** Of a policy, or of a field of it, as `spec.ingress[0]`. */
  ofPolicy(ref: PolicyRef, path = ''): Origin {
    const policy = this.#world.resources.find((it) => isNamed(it, ref))
    return policy === undefined ? {} : this.of(policy, path)
  }

  /** Empty for what was never written, as a namespace that is taken to exist. */
  of(resource: Resource, path = ''): Origin {
    const original = this.originalOf(resource)
    const located = this.locatedOf(original)
    if (located !== undefined) {
      const { document, pathOf } = located
      return { file: document.file, line: document.lineOf(path === '' ? '' : pathOf(path)) }
    }
    const { resourceVersion } = original.metadata
    return resourceVersion === undefined ? {} : { resourceVersion }
  }

  /** Of the enforced form of a staged policy the staged one. */
  originalOf(resource: Resource): Resource {
    return this.#forms.get(resource) ?? resource
  }

  locatedOf(resource: Resource): LocatedResource | undefined {
    return this.#world.located.get(resource)
  }
}

/** The internal kind of a policy says whose NetworkPolicy it is. */
function isNamed({ apiVersion, kind, metadata }: Resource, ref: PolicyRef): boolean {
  const isCalico = apiVersion === 'projectcalico.org/v3'
  const isKind =
    ref.kind === kind ? isCalico || kind !== 'NetworkPolicy' : !isCalico && ref.kind === `Kubernetes${kind}`
  return isKind && metadata.name === ref.name && (metadata.namespace ?? '') === ref.namespace
}

/** `policies.yaml:12`, or what else is known. */
export function formatOrigin(origin: Origin): string {
  if ('file' in origin) return `${origin.file}:${origin.line}`
  return 'resourceVersion' in origin ? `resourceVersion ${origin.resourceVersion}` : ''
}
