/** How a strategic merge patch with unknown fields is refused: as kube-apiserver words it for its built-in kinds. */
import { isObject } from '../json.ts'
import { ApiError } from '../status/api-error.ts'

const marker = 'strict decoding error: '

/** Other errors come back as they are. */
export function asPatchError(error: unknown, patch: unknown): unknown {
  if (!(error instanceof ApiError) || error.reason !== 'BadRequest') return error
  const index = error.message.indexOf(marker)
  if (index === -1) return error
  const message = `Invalid value: ${JSON.stringify(goText(patch))}: ${error.message.slice(index)}`
  const causes = [{ reason: 'FieldValueInvalid', message, field: 'patch' }]
  return new ApiError(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
    details: { causes },
    cause: error,
  })
}

/** As Go prints plain values. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (!isObject(value)) return value === null ? '<nil>' : String(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${entries.map(([key, member]) => `${key}:${goText(member)}`).join(' ')}]`
}
