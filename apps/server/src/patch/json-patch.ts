/**
 * JSON patch, guarded: only the six operations of the RFC, no reaching into prototypes, bounded work.
 *
 * Source  RFC 6902; limits and codes as kube-apiserver has them.
 */

import type { Operation } from 'fast-json-patch'
import fastJsonPatch from 'fast-json-patch'
import { isObject } from '../json.ts'
import { ApiError, badRequest, unprocessable } from '../status/api-error.ts'

const maxOperations = 10_000
/** All `copy` operations of one patch together: doubling copies would otherwise grow without bound. */
const maxCopiedBytes = 3 * 1024 * 1024
const operations = ['add', 'remove', 'replace', 'move', 'copy', 'test']

/** Changes neither input. A malformed patch is a 400, one that does not fit the target a 422. */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  const checked = parseOperations(patch)
  let copiedBytes = 0
  let document: unknown = structuredClone(target)
  for (const [index, operation] of checked.entries()) {
    if (operation.op === 'copy') copiedBytes += sizeAt(document, operation.from)
    if (copiedBytes > maxCopiedBytes) throw tooLarge(`its copies exceed ${maxCopiedBytes} bytes`)
    document = applyOne(document, operation, index)
  }
  return document
}

function parseOperations(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations')
  if (patch.length > maxOperations)
    throw tooLarge(`it has ${patch.length} operations, at most ${maxOperations} are allowed`)
  return structuredClone(patch.map(checkOperation))
}

function checkOperation(operation: unknown, index: number): Operation {
  const where = `operation ${index} of the JSON patch`
  if (!isObject(operation)) throw badRequest(`${where} is not an object`)
  const { op } = operation
  if (typeof op !== 'string' || !operations.includes(op)) {
    throw badRequest(`${where} has op ${JSON.stringify(op)}; it must be one of ${operations.join(', ')}`)
  }
  if (!isPointer(operation.path))
    throw badRequest(`${where} has no valid path (a JSON pointer, as in /spec/order)`)
  if ((op === 'move' || op === 'copy') && !isPointer(operation.from))
    throw badRequest(`${where} has no valid from`)
  if (['add', 'replace', 'test'].includes(op) && !Object.hasOwn(operation, 'value')) {
    throw badRequest(`${where} has no value`)
  }
  return operation as unknown as Operation
}

function isPointer(value: unknown): boolean {
  return typeof value === 'string' && (value === '' || value.startsWith('/'))
}

function applyOne(document: unknown, operation: Operation, index: number): unknown {
  try {
    return fastJsonPatch.applyOperation(document, operation, true, true, true, index).newDocument
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw unprocessable(
      `the JSON patch does not apply: operation ${index} (${operation.op} ${operation.path}): ${why}`,
    )
  }
}

function sizeAt(document: unknown, pointer: string): number {
  try {
    return JSON.stringify(fastJsonPatch.getValueByPointer(document, pointer))?.length ?? 0
  } catch {
    return 0
  }
}

function tooLarge(why: string): ApiError {
  return new ApiError(413, 'RequestEntityTooLarge', `the JSON patch is too large: ${why}`)
}
