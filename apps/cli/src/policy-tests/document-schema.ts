/** The shape of a document of tests, and its errors: the same walk as for resources, so the same words. */
import { conform, type Issue, type JsonSchema } from '@margay/resources'

export interface TestDocument {
  readonly manifests: readonly string[]
  readonly state: readonly unknown[]
  readonly tests: readonly TestFields[]
}

export interface TestFields {
  readonly name: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly port: readonly (number | string)[]
  readonly protocol?: number | string
  /** Requests in these connections, as `GET /api`; none: whether they can be opened. */
  readonly http: readonly string[]
  /** Of each of these requests. */
  readonly headers?: Readonly<Record<string, string>>
  /** By which DNS knows the destinations. */
  readonly toNames: readonly string[]
  readonly expect: 'Allow' | 'Deny'
  readonly by?: string
}

const text: JsonSchema = { type: 'string', minLength: 1 }
const texts: JsonSchema = { type: 'array', items: text, minItems: 1 }
const intOrString: JsonSchema = { 'x-kubernetes-int-or-string': true }

const testSchema: JsonSchema = {
  type: 'object',
  required: ['name', 'from', 'to', 'expect'],
  properties: {
    name: text,
    from: texts,
    to: texts,
    port: { type: 'array', items: intOrString, default: [] },
    protocol: intOrString,
    http: { ...texts, default: [], minItems: 0 },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    toNames: { ...texts, default: [], minItems: 0 },
    expect: { type: 'string', enum: ['Allow', 'Deny'] },
    by: text,
  },
}

const documentSchema: JsonSchema = {
  type: 'object',
  required: ['tests'],
  properties: {
    manifests: { ...texts, default: [], minItems: 0 },
    state: {
      type: 'array',
      items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      default: [],
    },
    tests: { type: 'array', items: testSchema, minItems: 1 },
  },
}

/** All that is wrong, or the document; where one value stands for a list, as a list. */
export function checkTestDocument(value: unknown): TestDocument | readonly Issue[] {
  const { value: checked, issues, unknownFields } = conform(documentSchema, withLists(value))
  const all = [...issues, ...unknownFields]
  // Here alone the type is taken on trust: the schema above says what it says.
  return all.length > 0 ? all : (checked as TestDocument)
}

export function isIssues(result: TestDocument | readonly Issue[]): result is readonly Issue[] {
  return Array.isArray(result)
}

function withLists(document: unknown): unknown {
  if (!isRecord(document)) return document
  const { tests } = document
  const lists = listed(document, ['manifests'])
  if (!Array.isArray(tests)) return lists
  return {
    ...lists,
    tests: tests.map((test: unknown) =>
      isRecord(test) ? listed(test, ['from', 'to', 'port', 'http', 'toNames']) : test,
    ),
  }
}

function listed(value: Readonly<Record<string, unknown>>, fields: readonly string[]): object {
  const single = Object.entries(value).filter(
    ([field, it]) => fields.includes(field) && it !== null && !Array.isArray(it),
  )
  return { ...value, ...Object.fromEntries(single.map(([field, it]) => [field, [it]])) }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
