import { expect, test } from 'vitest'
import { conform } from '../schema/conform.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { openApiName, toOpenApiSchemas } from './openapi.ts'
import { kindDefinitions } from './registry.ts'

test('every kind and its list has a schema under its published name', () => {
  const names = Object.keys(toOpenApiSchemas())
  expect(names).toEqual([
    ...new Set(kindDefinitions.flatMap((kind) => [openApiName(kind), `${openApiName(kind)}List`])),
  ])
  expect(names).toEqual(
    expect.arrayContaining([
      'io.k8s.api.core.v1.Pod',
      'io.k8s.api.networking.v1.NetworkPolicy',
      'io.k8s.api.discovery.v1.EndpointSlice',
      'org.projectcalico.v3.Tier',
      'io.k8s.networking.policy.v1alpha2.ClusterNetworkPolicy',
    ]),
  )
  expect(toOpenApiSchemas()['io.k8s.api.core.v1.PodList']).toMatchObject({
    'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'PodList' }],
  })
})

test('a schema is plain JSON with its group, version and kind', () => {
  const schema = toOpenApiSchemas()['org.projectcalico.v3.Tier']
  expect(schema?.['x-kubernetes-group-version-kind']).toEqual([
    { group: 'projectcalico.org', version: 'v3', kind: 'Tier' },
  ])
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
})

test.each(kindDefinitions)('the schema of $apiVersion $kind is structural', ({ schema }) => {
  expect([...faults(schema, '')]).toEqual([])
})

/** `kubectl explain` said `<no description>` of a third of all fields. */
test.each(kindDefinitions)('every field of $apiVersion $kind has a description', ({ schema }) => {
  expect([...undescribed(schema, '')]).toEqual([])
})

function* undescribed({ properties = {}, items }: JsonSchema, path: string): Iterable<string> {
  for (const [name, property] of Object.entries(properties)) {
    if ((property.description ?? '') === '') yield `${path}.${name}`
    yield* undescribed(property, `${path}.${name}`)
  }
  if (items !== undefined) yield* undescribed(items, `${path}[]`)
}

/** Source: Kubernetes, "Specifying a structural schema". */
function* faults(schema: JsonSchema, path: string): Iterable<string> {
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true
  if (isIntOrString === (schema.type !== undefined)) yield `${path}: needs a type, or to be an int-or-string`
  if (schema.anyOf !== undefined && !isIntOrString) yield `${path}: anyOf`
  if (schema.properties !== undefined && schema.additionalProperties !== undefined)
    yield `${path}: both kinds of fields`
  if (schema.type === 'array' && schema.items === undefined) yield `${path}: items`
  for (const field of schema.required ?? []) {
    if (schema.properties?.[field] === undefined) yield `${path}: requires unknown ${field}`
  }
  if (schema.default !== undefined && conform(schema, schema.default).issues.length > 0)
    yield `${path}: default`
  for (const [name, inner] of innerSchemas(schema)) yield* faults(inner, `${path}.${name}`)
}

function innerSchemas({ properties = {}, items, additionalProperties }: JsonSchema): [string, JsonSchema][] {
  const inner = Object.entries(properties)
  if (items !== undefined) inner.push(['items', items])
  if (additionalProperties !== undefined) inner.push(['additionalProperties', additionalProperties])
  return inner
}
