/** A structural OpenAPI v3 schema, the part of it that our kinds use. Source: Kubernetes CustomResourceDefinition v1. */
export interface JsonSchema {
  /** Only of the items of lists in OpenAPI documents; alone. */
  readonly $ref?: string
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly description?: string
  readonly format?: string
  /** Filled in where the field is absent or null. */
  readonly default?: unknown
  readonly enum?: readonly (string | number)[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  /** The schema of every value of a map; never beside `properties`. */
  readonly additionalProperties?: JsonSchema
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  /** In characters (Unicode code points). */
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  /** Only ever the two types of an int-or-string. */
  readonly anyOf?: readonly JsonSchema[]
  readonly 'x-kubernetes-int-or-string'?: true
  readonly 'x-kubernetes-preserve-unknown-fields'?: true
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  /** Server-side apply takes the object as one value. */
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular'
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[]
}
