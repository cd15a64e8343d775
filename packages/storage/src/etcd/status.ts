/**
 * What etcd's ways of failing mean to us.
 *
 * Source  gRPC's status codes; the messages are those of etcd's rpctypes, which are part of its API.
 */
import { status } from '@grpc/grpc-js'
import {
  RequestTooLargeError,
  StoreIoError,
  StoreOpenError,
  StorePermissionError,
  StoreUnreachableError,
} from '../errors.ts'

export function isUnreachable(error: unknown): boolean {
  const code = codeOf(error)
  if (code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED || code === status.CANCELLED)
    return true
  return code === status.UNKNOWN && isOwnDeadline(messageOf(error))
}

/** Where etcd itself has waited as long as we would, for a leader that is not there: it answers with the error that Go has for that. */
function isOwnDeadline(message: string): boolean {
  return message.includes('context deadline exceeded') || message.includes('context canceled')
}

export function isCompacted(error: unknown): boolean {
  return messageOf(error).includes('required revision has been compacted')
}

export function isFutureRevision(error: unknown): boolean {
  return messageOf(error).includes('required revision is a future revision')
}

/** etcd does not know our token any more, or began only now to ask for one. Nothing was done. */
export function isLoginNeeded(error: unknown): boolean {
  const message = messageOf(error)
  return [
    'invalid auth token',
    'user name is empty',
    'revision of auth store is old',
    'revision in header is old',
  ].some((text) => message.includes(text))
}

export function isLoginNotEnabled(error: unknown): boolean {
  return messageOf(error).includes('authentication is not enabled')
}

/** Everything but what needs a further question to etcd. */
export function toStoreError(operation: string, endpoints: readonly string[], error: unknown): Error {
  if (error instanceof StoreOpenError) return error
  if (isUnreachable(error)) return new StoreUnreachableError(endpoints, messageOf(error), error)
  if (isRefused(error)) return new StorePermissionError(endpoints, operation, messageOf(error), error)
  if (isTooLarge(error)) return new RequestTooLargeError(error)
  return new StoreIoError(operation, error)
}

function isRefused(error: unknown): boolean {
  const code = codeOf(error)
  if (code === status.PERMISSION_DENIED || code === status.UNAUTHENTICATED) return true
  return isLoginNeeded(error) || messageOf(error).includes('authentication failed')
}

function isTooLarge(error: unknown): boolean {
  const message = messageOf(error)
  return message.includes('request is too large') || message.includes('received message larger than max')
}

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined
}

/** One line. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0] ?? ''
}
