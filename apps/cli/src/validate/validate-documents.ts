/** Is each document a valid object, and if not, what is wrong where? */
import { policySuspicions } from '@margay/policy'
import { type Admission, admit, type Issue, type ManifestDocument, ManifestError } from '@margay/resources'
import { describeObject } from '../manifests/describe-object.ts'
import type { ReadDocument } from '../manifests/read-documents.ts'

/** The result for one object, or for one document that can't be parsed. */
export interface Validation {
  readonly file: string
  /** From 1: where the object starts, or where parsing failed. */
  readonly line: number
  /** Empty where the object doesn't say. */
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly valid: boolean
  readonly errors: readonly FieldError[]
  /** What is legal, and looks like a mistake. */
  readonly warnings: readonly FieldError[]
}

export interface FieldError {
  /** Such as `spec.ingress[0].action`; empty for the object as a whole. */
  readonly path: string
  readonly message: string
  readonly line: number
}

/** One result for each document, in order, each judged by itself: that two have one name is for those to say who write. */
export function validateDocuments(documents: readonly ReadDocument[]): Validation[] {
  return documents.map((document) =>
    document instanceof ManifestError ? unparsable(document) : validate(document),
  )
}

function validate(document: ManifestDocument): Validation {
  const { kind, namespace, name } = describeObject(document.value)
  const admission = admit(document.value)
  const defaultName = admission.ok ? (admission.kind.defaultName ?? '') : ''
  return {
    file: document.file,
    line: document.lineOf(''),
    kind,
    ...(namespace !== '' && { namespace }),
    name: name === '' ? defaultName : name,
    valid: admission.ok,
    errors: admission.ok ? [] : admission.issues.map((issue) => locate(issue, document)),
    warnings: warningsOf(admission).map((it) => locate(it, document)),
  }
}

function warningsOf(admission: Admission): Pick<Issue, 'path' | 'message'>[] {
  if (!admission.ok) return []
  return [...admission.warnings, ...policySuspicions(admission.kind, admission.resource)]
}

function locate({ path, message }: Pick<Issue, 'path' | 'message'>, document: ManifestDocument): FieldError {
  return { path, message, line: document.lineOf(path) }
}

function unparsable({ file, line, column, message }: ManifestError): Validation {
  const reason = message.slice(`${file}:${line}:${column}: `.length)
  const errors = [{ path: '', message: reason, line }]
  return { file, line, kind: '', name: '', valid: false, errors, warnings: [] }
}
