/** Where a limited list goes on: opaque to clients, good as long as its revision is not compacted. */
import { isObject } from '../json.ts'
import { badRequest } from '../status/api-error.ts'

export interface ListPosition {
  readonly revision: bigint
  /** Relative to the listed prefix: the last key already given. */
  readonly after: string
}

export function formatContinue(position: ListPosition): string {
  const content = JSON.stringify({ v: 'margay/1', rv: String(position.revision), after: position.after })
  return Buffer.from(content).toString('base64url')
}

export function parseContinue(token: string): ListPosition {
  const content = decode(token)
  const { v, rv, after } = isObject(content) ? content : {}
  if (v !== 'margay/1' || typeof rv !== 'string' || !/^\d{1,19}$/.test(rv) || typeof after !== 'string') {
    throw badRequest('continue key is not valid: use the one from the previous page of this list')
  }
  return { revision: BigInt(rv), after }
}

function decode(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    return undefined
  }
}
