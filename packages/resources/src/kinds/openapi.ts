/** OpenAPI component schemas of every kind and its list. Source: Kubernetes API, OpenAPI v3 documents. */
import type { JsonSchema } from '../schema/json-schema.ts'
import type { KindDefinition } from './kind-definition.ts'
import { kindDefinitions } from './registry.ts'

/** Keyed like `io.k8s.api.core.v1.Pod` and `org.projectcalico.v3.Tier`; a fresh copy, of plain JSON. */
export function toOpenApiSchemas(): Record<string, JsonSchema> {
  return Object.fromEntries(kindDefinitions.flatMap((kind) => [objectSchema(kind), listSchema(kind)]))
}

type GroupVersionKind = Pick<KindDefinition, 'group' | 'version' | 'kind'>

/** The key of a kind's schema in `toOpenApiSchemas`. */
export function openApiName({ group, version, kind }: GroupVersionKind): string {
  return `${packageName(group)}.${version}.${kind}`
}

/** Groups that Kubernetes publishes as `io.k8s.api.…`; all others go by their own name, turned round. */
const builtInGroups = new Set([
  'authentication.k8s.io',
  'authorization.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
])

function packageName(group: string): string {
  if (group === '') return 'io.k8s.api.core'
  if (builtInGroups.has(group)) return `io.k8s.api.${group.split('.')[0]}`
  return group.split('.').reverse().join('.')
}

function objectSchema(kind: KindDefinition): [string, JsonSchema] {
  return [openApiName(kind), withGroupVersionKind(plainCopy(kind.schema), kind)]
}

function listSchema(kind: KindDefinition): [string, JsonSchema] {
  const schema: JsonSchema = {
    type: 'object',
    description: `A list of ${kind.kind} objects.`,
    required: ['items'],
    properties: {
      apiVersion: { type: 'string', description: 'The version of the API.' },
      kind: { type: 'string', description: 'The kind of the list.' },
      metadata: {
        type: 'object',
        description: 'Of the list as a whole.',
        properties: {
          resourceVersion: { type: 'string', description: 'What a watch can go on from.' },
          continue: { type: 'string', description: 'Where a limited list goes on.' },
          remainingItemCount: { type: 'integer', format: 'int64', description: 'How many are left.' },
        },
      },
      items: { type: 'array', items: { $ref: `#/components/schemas/${openApiName(kind)}` } },
    },
  }
  return [`${openApiName(kind)}List`, withGroupVersionKind(schema, { ...kind, kind: `${kind.kind}List` })]
}

/** A copy of the schema of a whole object, which says what it is of. */
export function withGroupVersionKind(
  schema: JsonSchema,
  { group, version, kind }: GroupVersionKind,
): JsonSchema {
  return { ...schema, 'x-kubernetes-group-version-kind': [{ group, version, kind }] }
}

/** Leaves behind what typebox hides in its objects. */
function plainCopy(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema
}
