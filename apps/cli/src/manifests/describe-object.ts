/** What an object of a manifest says of itself, whether or not it is right, and one line for what is wrong in it. */
import type { ManifestDocument } from '@margay/resources'

export interface Described {
  /** Empty where the object doesn't say. */
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export function describeObject(value: unknown): Described {
  const { apiVersion, kind, metadata } = recordOf(value)
  const { namespace, name, generateName } = recordOf(metadata)
  return {
    apiVersion: textOf(apiVersion),
    kind: textOf(kind),
    namespace: textOf(namespace),
    name: textOf(name ?? generateName),
  }
}

/** `NetworkPolicy shop/web`, or what of it is known. */
export function formatObject({
  kind,
  namespace,
  name,
}: Pick<Described, 'kind' | 'namespace' | 'name'>): string {
  const path = namespace === '' ? name : `${namespace}/${name}`
  return [kind === '' ? 'object' : kind, path].filter((part) => part !== '').join(' ')
}

/** `file:line: NetworkPolicy shop/web: spec.ingress[0].action: what is wrong and what is allowed`. */
export function describeIssue(
  document: ManifestDocument,
  { path, message }: { readonly path: string; readonly message: string },
): string {
  const place = `${document.file}:${document.lineOf(path)}`
  const object = formatObject(describeObject(document.value))
  return [place, object, path, message].filter((part) => part !== '').join(': ')
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
