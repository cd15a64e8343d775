/** What is wrong with one field. Reasons are those of a Kubernetes Status, plus UnknownField. */
export type IssueReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueForbidden'
  | 'FieldValueTypeInvalid'
  | 'UnknownField'

export interface Issue {
  /** Such as `spec.ingress[0].action`; empty for the object as a whole. */
  readonly path: string
  readonly reason: IssueReason
  /** Says what is wrong and what is allowed; does not repeat the path. */
  readonly message: string
}

const plainKey = /^[A-Za-z_][\w-]*$/

/** `path.key`, or `path[key]` where the key could be read as a path itself. */
export function fieldPath(path: string, key: string | number): string {
  if (typeof key === 'number' || !plainKey.test(key)) return `${path}[${key}]`
  return path === '' ? key : `${path}.${key}`
}

export const required = (path: string, message: string): Issue => ({
  path,
  reason: 'FieldValueRequired',
  message,
})
export const invalid = (path: string, message: string): Issue => ({
  path,
  reason: 'FieldValueInvalid',
  message,
})
export const forbidden = (path: string, message: string): Issue => ({
  path,
  reason: 'FieldValueForbidden',
  message,
})
export const duplicate = (path: string, message: string): Issue => ({
  path,
  reason: 'FieldValueDuplicate',
  message,
})
export const tooLong = (path: string, message: string): Issue => ({
  path,
  reason: 'FieldValueTooLong',
  message,
})
export const tooMany = (path: string, message: string): Issue => ({
  path,
  reason: 'FieldValueTooMany',
  message,
})
export const notSupported = (path: string, message: string): Issue => ({
  path,
  reason: 'FieldValueNotSupported',
  message,
})
export const wrongType = (path: string, message: string): Issue => ({
  path,
  reason: 'FieldValueTypeInvalid',
  message,
})
export const unknownField = (path: string, message: string): Issue => ({
  path,
  reason: 'UnknownField',
  message,
})
