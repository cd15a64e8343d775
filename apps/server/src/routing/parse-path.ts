/**
 * What a request path addresses. Pure: says nothing about whether it exists.
 *
 * Source  Kubernetes API concepts, "Resource URIs".
 */
export interface ResourcePath {
  readonly kind: 'Resource'
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespace?: string
  /** Absent: the collection. */
  readonly name?: string
  readonly subresource?: string
}

export interface OtherPath {
  readonly kind: 'Other'
  readonly segments: readonly string[]
}

export type ApiPath = ResourcePath | OtherPath

/** Undefined for a path that is not even well-formed percent-encoding. */
export function parsePath(pathname: string): ApiPath | undefined {
  const segments = decodeSegments(pathname)
  if (segments === undefined) return undefined
  const [root, ...rest] = segments
  if (root === 'api') return resourceBelow('', rest) ?? { kind: 'Other', segments }
  if (root === 'apis') {
    const [group = '', ...below] = rest
    return resourceBelow(group, below) ?? { kind: 'Other', segments }
  }
  return { kind: 'Other', segments }
}

function decodeSegments(pathname: string): string[] | undefined {
  try {
    return pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent)
  } catch {
    return undefined
  }
}

/** `VERSION/plural/...` or `VERSION/namespaces/NAMESPACE/plural/...`. */
function resourceBelow(group: string, segments: readonly string[]): ResourcePath | undefined {
  const [version, ...rest] = segments
  if (version === undefined || rest.length === 0) return undefined
  const [first = '', second, third, ...others] = rest
  if (first !== 'namespaces' || second === undefined || third === undefined || isOfNamespace(third)) {
    return below({ kind: 'Resource', group, version, plural: first }, rest.slice(1))
  }
  return below({ kind: 'Resource', group, version, plural: third, namespace: second }, others)
}

/** `namespaces/NAME/status` is the namespace's own subresource, not a resource inside it. */
function isOfNamespace(segment: string): boolean {
  return segment === 'status' || segment === 'finalize'
}

function below(collection: ResourcePath, segments: readonly string[]): ResourcePath | undefined {
  const [name, subresource, ...more] = segments
  if (more.length > 0) return undefined
  if (name === undefined) return collection
  return subresource === undefined ? { ...collection, name } : { ...collection, name, subresource }
}
