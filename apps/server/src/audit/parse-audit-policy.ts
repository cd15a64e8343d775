/** An audit policy from a file, checked. Source: Kubernetes API, audit.k8s.io/v1 Policy. */
import { parseManifests } from '@margay/resources'
import { isObject, type JsonObject } from '../json.ts'
import type { AuditPolicy, AuditRule } from './audit-policy.ts'

export class AuditPolicyError extends Error {
  override readonly name = 'AuditPolicyError'
}

const levels = ['None', 'Metadata', 'Request', 'RequestResponse']
const lists = ['users', 'userGroups', 'verbs', 'namespaces', 'nonResourceURLs']
/** Stages other than the last are not recorded, so that there is nothing to omit. */
const passedOver = ['omitStages', 'omitManagedFields']

/** @throws AuditPolicyError, ManifestError */
export function parseAuditPolicy(text: string, file: string): AuditPolicy {
  const [document, ...more] = parseManifests(text, file)
  const value = document?.value
  if (!isObject(value) || more.length > 0)
    throw new AuditPolicyError(`${file}: must be one object of kind Policy`)
  if (value.kind !== 'Policy' || value.apiVersion !== 'audit.k8s.io/v1')
    throw new AuditPolicyError(`${file}: must be apiVersion audit.k8s.io/v1, kind Policy`)
  if (!Array.isArray(value.rules)) throw new AuditPolicyError(`${file}: rules: must be a list`)
  return { rules: value.rules.map((rule: unknown, index) => parseRule(rule, `${file}: rules[${index}]`)) }
}

function parseRule(value: unknown, place: string): AuditRule {
  if (!isObject(value)) throw new AuditPolicyError(`${place}: must be an object`)
  if (typeof value.level !== 'string' || !levels.includes(value.level))
    throw new AuditPolicyError(`${place}.level: must be one of ${levels.join(', ')}`)
  for (const [field, content] of Object.entries(value)) checkField(field, content, place)
  return value as unknown as AuditRule
}

function checkField(field: string, content: unknown, place: string): void {
  if (field === 'level' || passedOver.includes(field)) return
  if (lists.includes(field)) {
    checkTexts(content, `${place}.${field}`)
    return
  }
  if (field !== 'resources')
    throw new AuditPolicyError(
      `${place}.${field}: is not known; there is level, resources, ${lists.join(', ')}`,
    )
  if (!Array.isArray(content)) throw new AuditPolicyError(`${place}.resources: must be a list`)
  for (const [index, item] of content.entries()) checkResources(item, `${place}.resources[${index}]`)
}

function checkResources(value: unknown, place: string): void {
  if (!isObject(value)) throw new AuditPolicyError(`${place}: must be an object`)
  const { group, resources, resourceNames, ...rest }: JsonObject = value
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw new AuditPolicyError(`${place}.${unknown}: is not known; there is group, resources, resourceNames`)
  if (group !== undefined && typeof group !== 'string')
    throw new AuditPolicyError(`${place}.group: must be a text`)
  checkTexts(resources ?? [], `${place}.resources`)
  checkTexts(resourceNames ?? [], `${place}.resourceNames`)
}

function checkTexts(value: unknown, place: string): void {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return
  throw new AuditPolicyError(`${place}: must be a list of texts`)
}
