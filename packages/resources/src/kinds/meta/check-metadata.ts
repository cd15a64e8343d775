/** The rules for metadata of every kind. Source: Kubernetes API, meta/v1 ObjectMeta; spec/api.md section 0. */
import { describe } from '../../schema/describe.ts'
import { fieldPath, type Issue, invalid, tooLong } from '../../schema/issue.ts'
import { checkFinalizers, checkOwners } from './check-references.ts'
import type { NameFormat } from './name-format.ts'
import { isDnsLabel, isLabelValue, isQualifiedName } from './names.ts'
import type { ObjectMeta } from './object-meta.ts'

/** Of all annotations of an object or a rule together, keys and values, in UTF-8. */
export const maxAnnotationBytes = 256 * 1024

export function* checkMetadata(metadata: ObjectMeta, name: NameFormat): Iterable<Issue> {
  yield* checkName(metadata.name, name)
  yield* checkNamespace(metadata.namespace)
  yield* checkLabels(metadata.labels ?? {}, 'metadata.labels')
  yield* checkAnnotations(metadata.annotations ?? {}, 'metadata.annotations')
  yield* checkFinalizers(metadata)
  yield* checkOwners(metadata)
}

function* checkName(name: string, format: NameFormat): Iterable<Issue> {
  if (!format.isValid(name))
    yield invalid('metadata.name', `must be ${format.allowed}, but is ${describe(name)}`)
}

function* checkNamespace(namespace: string | undefined): Iterable<Issue> {
  if (namespace === undefined || isDnsLabel(namespace)) return
  const allowed = 'at most 63 characters of a-z, 0-9 and inner "-"'
  yield invalid('metadata.namespace', `must be ${allowed}, but is ${describe(namespace)}`)
}

/** Also for the `matchLabels` of a label selector. */
export function* checkLabels(labels: Readonly<Record<string, string>>, path: string): Iterable<Issue> {
  for (const [key, value] of Object.entries(labels)) {
    yield* checkLabelKey(key, fieldPath(path, key))
    yield* checkLabelValue(value, fieldPath(path, key))
  }
}

export function* checkLabelKey(key: string, path: string): Iterable<Issue> {
  if (!isQualifiedName(key))
    yield invalid(path, `${describe(key)} is not a label's key: ${qualifiedNameFormat}`)
}

export function* checkLabelValue(value: string, path: string): Iterable<Issue> {
  if (!isLabelValue(value))
    yield invalid(path, `${describe(value)} is not a label's value: ${labelValueFormat}`)
}

const nameFormat = 'at most 63 letters, digits, "-", "_" and ".", beginning and ending with a letter or digit'
const qualifiedNameFormat = `${nameFormat}, optionally after a DNS name and "/"`
const labelValueFormat = `it may be empty, or ${nameFormat}`

export function* checkAnnotations(
  annotations: Readonly<Record<string, string>>,
  path: string,
): Iterable<Issue> {
  let bytes = 0
  for (const [key, value] of Object.entries(annotations)) {
    bytes += utf8Length(key) + utf8Length(value)
    if (isQualifiedName(key.toLowerCase())) continue
    yield invalid(fieldPath(path, key), `${describe(key)} is not an annotation's key: ${qualifiedNameFormat}`)
  }
  if (bytes > maxAnnotationBytes) {
    yield tooLong(path, `may have at most ${maxAnnotationBytes} bytes in all, but has ${bytes}`)
  }
}

/** In bytes. The package runs without Node and without a browser, so there is no TextEncoder to ask. */
function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
