/**
 * The OpenAPI paths of a kind, as far as clients read them: which methods exist, what they take, what they return.
 * kubectl looks here whether the server validates fields and does dry runs.
 *
 * Strategic merge patches are taken but not announced: kubectl would then derive them from our schemas, which leave out
 * much of a Pod; unannounced, it uses its own complete types.
 *
 * Source  OpenAPI 3.0; Kubernetes' extensions x-kubernetes-action and x-kubernetes-group-version-kind.
 */
import type { KindDefinition } from '@margay/resources'
import type { VirtualResource } from '../discovery/documents.ts'
import { jsonPatchType, mergePatchType } from '../rest/patch-body.ts'

type GroupVersionKind = Pick<KindDefinition, 'group' | 'version' | 'kind'>
type Parameter = Readonly<Record<string, unknown>>

export function pathsOf(kind: KindDefinition, schemaName: string): Record<string, object> {
  const collection = collectionPath(kind)
  const item = `${collection}/{name}`
  const paths: Record<string, object> = {
    [collection]: collectionOperations(kind, schemaName),
    [item]: itemOperations(kind, schemaName),
  }
  if (kind.namespaced) paths[clusterWidePath(kind)] = { get: listOperation(kind, schemaName) }
  if (kind.hasStatus) paths[`${item}/status`] = statusOperations(kind, schemaName)
  return paths
}

/** Where the group and version live: `/api/v1` or `/apis/GROUP/VERSION`. */
export function rootPath(kind: Pick<KindDefinition, 'group' | 'version'>): string {
  return kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
}

function collectionPath(kind: KindDefinition): string {
  return kind.namespaced ? `${rootPath(kind)}/namespaces/{namespace}/${kind.plural}` : clusterWidePath(kind)
}

function clusterWidePath(kind: KindDefinition): string {
  return `${rootPath(kind)}/${kind.plural}`
}

function collectionOperations(kind: KindDefinition, schema: string): object {
  return {
    parameters: namespaceParameters(kind),
    get: listOperation(kind, schema),
    post: write(kind, schema, 'post', ['application/json', 'application/yaml'], '201'),
    delete: operation(kind, 'deletecollection', [...listParameters, dryRun], '200', statusSchema),
  }
}

function itemOperations(kind: KindDefinition, schema: string): object {
  return {
    parameters: [...namespaceParameters(kind), pathParameter('name')],
    get: operation(kind, 'get', [], '200', reference(schema)),
    put: write(kind, schema, 'put', ['application/json', 'application/yaml'], '200'),
    patch: write(kind, schema, 'patch', [jsonPatchType, mergePatchType], '200'),
    delete: operation(kind, 'delete', [dryRun], '200', statusSchema),
  }
}

function statusOperations(kind: KindDefinition, schema: string): object {
  const { parameters, get, put, patch } = itemOperations(kind, schema) as Record<string, unknown>
  return { parameters, get, put, patch }
}

function listOperation(kind: KindDefinition, schema: string): object {
  return operation(kind, 'list', listParameters, '200', reference(`${schema}List`))
}

/** Of a resource that answers a question: it takes the question, and gives it back with the answer. */
export function questionPaths(resource: VirtualResource, schemaName: string): Record<string, object> {
  const { namespaced = false, plural } = resource
  const path = `${rootPath(resource)}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}`
  const post = write(resource, schemaName, 'post', ['application/json', 'application/yaml'], '201')
  return { [path]: { parameters: namespaceParameters({ namespaced }), post } }
}

function write(
  kind: GroupVersionKind,
  schema: string,
  action: string,
  mediaTypes: string[],
  status: string,
): object {
  const body = action === 'patch' ? { type: 'object' } : reference(schema)
  const content = Object.fromEntries(mediaTypes.map((type) => [type, { schema: body }]))
  const base = operation(kind, action, [dryRun, fieldManager, fieldValidation], status, reference(schema))
  return { ...base, requestBody: { content, required: true } }
}

function operation(
  kind: GroupVersionKind,
  action: string,
  parameters: readonly Parameter[],
  status: string,
  schema: object,
): object {
  const { group, version } = kind
  return {
    tags: [group === '' ? `core_${version}` : `${group.replaceAll('.', '_')}_${version}`],
    parameters,
    responses: { [status]: { description: 'OK', content: { 'application/json': { schema } } } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind: kind.kind },
  }
}

function namespaceParameters(kind: { readonly namespaced: boolean }): Parameter[] {
  return kind.namespaced ? [pathParameter('namespace')] : []
}

function pathParameter(name: string): Parameter {
  return { name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } }
}

function queryParameter(name: string, type: string, description: string): Parameter {
  return { name, in: 'query', description, schema: { type, uniqueItems: true } }
}

const dryRun = queryParameter('dryRun', 'string', 'All: do everything but store.')
const fieldManager = queryParameter('fieldManager', 'string', 'Who makes the change.')
const fieldValidation = queryParameter('fieldValidation', 'string', 'Unknown fields: Strict, Warn or Ignore.')
const listParameters = [
  queryParameter('allowWatchBookmarks', 'boolean', 'With watch: also send BOOKMARK events.'),
  queryParameter('continue', 'string', 'Go on with a limited list.'),
  queryParameter('fieldSelector', 'string', 'Only objects with these field values.'),
  queryParameter('labelSelector', 'string', 'Only objects with these labels.'),
  queryParameter('limit', 'integer', 'At most so many objects.'),
  queryParameter('resourceVersion', 'string', 'The state to start from.'),
  queryParameter('resourceVersionMatch', 'string', 'NotOlderThan or Exact.'),
  queryParameter('sendInitialEvents', 'boolean', 'With watch: begin with the present objects.'),
  queryParameter('timeoutSeconds', 'integer', 'With watch: end after so many seconds.'),
  queryParameter('watch', 'boolean', 'Stream the changes.'),
]

const statusSchema = { type: 'object', description: 'meta/v1 Status' }

function reference(schema: string): object {
  return { $ref: `#/components/schemas/${schema}` }
}
