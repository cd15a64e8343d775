/** What a delete asks for, in its body or in its query. Source: Kubernetes API, meta/v1 DeleteOptions. */
import { type Issue, notSupported } from '@margay/resources'
import { parseObjectBody } from '../http/parse-body.ts'
import { isObject, type JsonObject } from '../json.ts'
import { badRequest, invalidOptions } from '../status/api-error.ts'
import { parseDryRun, parseFlag } from './query.ts'
import type { ResourceRequest } from './request.ts'

/** There is no grace period to wait, and nothing deletes dependents: so none are orphaned either. */
export interface DeleteOptions {
  readonly dryRun: boolean
  readonly preconditions: JsonObject
}

/** @throws a 400 for what is no DeleteOptions, a 422 for those that can't be met: a delete is not for guessing */
export function parseDeleteOptions({ body, headers, query }: ResourceRequest): DeleteOptions {
  const options = body.length === 0 ? {} : parseObjectBody(body, headers['content-type'])
  if (!isObject(options)) throw badRequest('the body of a delete request must be DeleteOptions')
  const { kind = 'DeleteOptions', preconditions, dryRun } = options
  if (kind !== 'DeleteOptions')
    throw badRequest(`the body of a delete request must be DeleteOptions, but is a ${String(kind)}`)
  if (!isObject(preconditions ?? {})) throw badRequest('preconditions of DeleteOptions must be an object')
  if (!Array.isArray(dryRun ?? [])) throw badRequest('dryRun of DeleteOptions must be a list')
  checkPropagation(options, query)
  checkGracePeriod(options.gracePeriodSeconds ?? query.get('gracePeriodSeconds') ?? 0)
  const asked = [...query.getAll('dryRun'), ...((dryRun ?? []) as unknown[]).map(String)]
  return { dryRun: parseDryRun(asked), preconditions: (preconditions ?? {}) as JsonObject }
}

const policies = ['Foreground', 'Background', 'Orphan']

function checkPropagation(options: JsonObject, query: URLSearchParams): void {
  const policy = options.propagationPolicy ?? (query.get('propagationPolicy') || undefined)
  const orphan = options.orphanDependents ?? parseFlag(query, 'orphanDependents')
  const issues: Issue[] = []
  if (typeof (orphan ?? false) !== 'boolean') throw badRequest('orphanDependents must be true or false')
  if (policy !== undefined && policy !== null && !policies.includes(String(policy))) {
    const allowed = policies.map((each) => `"${each}"`).join(', ')
    const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: ${allowed}`
    issues.push(notSupported('propagationPolicy', message))
  }
  if (policy !== undefined && policy !== null && orphan !== undefined && orphan !== null) {
    const message = 'orphanDependents and propagationPolicy cannot be both set'
    issues.push({ path: 'propagationPolicy', reason: 'FieldValueInvalid', message })
  }
  if (issues.length > 0) throw invalidOptions('DeleteOptions', issues)
}

function checkGracePeriod(seconds: unknown): void {
  const number = typeof seconds === 'string' && /^-?\d+$/.test(seconds) ? Number(seconds) : seconds
  if (Number.isSafeInteger(number)) return
  throw badRequest(`gracePeriodSeconds is ${JSON.stringify(seconds)}; it must be an integer`)
}
