/**
 * Kubernetes objects in protobuf, as JSON values: only the kinds that kubectl sends in this form by itself.
 * A field that is not described here is an error, never dropped in silence.
 *
 * Source  Kubernetes, "Kubernetes protobuf encoding"; field numbers of the generated.proto files of meta/v1, core/v1, rbac/v1,
 *         authentication/v1 and authorization/v1 (1.32).
 */
import { ProtobufError, readFields } from './wire.ts'

type FieldType =
  | {
      readonly type: 'string' | 'int' | 'bool' | 'time' | 'stringMap' | 'bytesMap' | 'intOrString' | 'ignored'
    }
  | { readonly type: 'message'; readonly message: Message }

type FieldDescription = FieldType & { readonly name: string; readonly repeated?: true }
type Message = Readonly<Record<number, FieldDescription>>

const text = (name: string): FieldDescription => ({ name, type: 'string' })
const texts = (name: string): FieldDescription => ({ name, type: 'string', repeated: true })
const flag = (name: string): FieldDescription => ({ name, type: 'bool' })
const integer = (name: string): FieldDescription => ({ name, type: 'int' })
const time = (name: string): FieldDescription => ({ name, type: 'time' })
const map = (name: string): FieldDescription => ({ name, type: 'stringMap' })
const one = (name: string, message: Message): FieldDescription => ({ name, type: 'message', message })
const many = (name: string, message: Message): FieldDescription => ({
  name,
  type: 'message',
  message,
  repeated: true,
})

const ownerReference: Message = {
  1: text('kind'),
  3: text('name'),
  4: text('uid'),
  5: text('apiVersion'),
  6: flag('controller'),
  7: flag('blockOwnerDeletion'),
}

const objectMeta: Message = {
  1: text('name'),
  2: text('generateName'),
  3: text('namespace'),
  4: { name: 'selfLink', type: 'ignored' },
  5: text('uid'),
  6: text('resourceVersion'),
  7: { name: 'generation', type: 'ignored' },
  8: time('creationTimestamp'),
  9: time('deletionTimestamp'),
  10: integer('deletionGracePeriodSeconds'),
  11: map('labels'),
  12: map('annotations'),
  13: many('ownerReferences', ownerReference),
  14: texts('finalizers'),
  17: { name: 'managedFields', type: 'ignored' },
}

const objectReference: Message = {
  1: text('kind'),
  2: text('namespace'),
  3: text('name'),
  4: text('uid'),
  5: text('apiVersion'),
  6: text('resourceVersion'),
  7: text('fieldPath'),
}

const labelSelector: Message = {
  1: map('matchLabels'),
  2: many('matchExpressions', { 1: text('key'), 2: text('operator'), 3: texts('values') }),
}

const servicePort: Message = {
  1: text('name'),
  2: text('protocol'),
  3: integer('port'),
  4: { name: 'targetPort', type: 'intOrString' },
  5: integer('nodePort'),
  6: text('appProtocol'),
}

const serviceSpec: Message = {
  1: many('ports', servicePort),
  2: map('selector'),
  3: text('clusterIP'),
  4: text('type'),
  5: texts('externalIPs'),
  7: text('sessionAffinity'),
  8: text('loadBalancerIP'),
  9: texts('loadBalancerSourceRanges'),
  10: text('externalName'),
  11: text('externalTrafficPolicy'),
  12: integer('healthCheckNodePort'),
  13: flag('publishNotReadyAddresses'),
  17: text('ipFamilyPolicy'),
  18: texts('clusterIPs'),
  19: texts('ipFamilies'),
  20: flag('allocateLoadBalancerNodePorts'),
  21: text('loadBalancerClass'),
  22: text('internalTrafficPolicy'),
  23: text('trafficDistribution'),
}

const policyRule: Message = {
  1: texts('verbs'),
  2: texts('apiGroups'),
  3: texts('resources'),
  4: texts('resourceNames'),
  5: texts('nonResourceURLs'),
}

const binding: Message = {
  1: one('metadata', objectMeta),
  2: many('subjects', { 1: text('kind'), 2: text('apiGroup'), 3: text('name'), 4: text('namespace') }),
  3: one('roleRef', { 1: text('apiGroup'), 2: text('kind'), 3: text('name') }),
}

const resourceAttributes: Message = {
  1: text('namespace'),
  2: text('verb'),
  3: text('group'),
  4: text('version'),
  5: text('resource'),
  6: text('subresource'),
  7: text('name'),
}

/** What a client asks for; what it would be answered is not read. */
const ignoredStatus: FieldDescription = { name: 'status', type: 'ignored' }

const messages: Readonly<Record<string, Message>> = {
  'v1 Namespace': {
    1: one('metadata', objectMeta),
    2: one('spec', { 1: texts('finalizers') }),
    3: one('status', { 1: text('phase') }),
  },
  'v1 ServiceAccount': {
    1: one('metadata', objectMeta),
    2: many('secrets', objectReference),
    3: many('imagePullSecrets', { 1: text('name') }),
    4: flag('automountServiceAccountToken'),
  },
  'v1 ConfigMap': {
    1: one('metadata', objectMeta),
    2: map('data'),
    3: { name: 'binaryData', type: 'bytesMap' },
    4: flag('immutable'),
  },
  'v1 Secret': {
    1: one('metadata', objectMeta),
    2: { name: 'data', type: 'bytesMap' },
    3: text('type'),
    4: map('stringData'),
    5: flag('immutable'),
  },
  'v1 Service': { 1: one('metadata', objectMeta), 2: one('spec', serviceSpec), 3: ignoredStatus },
  'rbac.authorization.k8s.io/v1 Role': { 1: one('metadata', objectMeta), 2: many('rules', policyRule) },
  'rbac.authorization.k8s.io/v1 ClusterRole': {
    1: one('metadata', objectMeta),
    2: many('rules', policyRule),
    3: one('aggregationRule', { 1: many('clusterRoleSelectors', labelSelector) }),
  },
  'rbac.authorization.k8s.io/v1 RoleBinding': binding,
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': binding,
  'authorization.k8s.io/v1 SelfSubjectAccessReview': {
    1: one('metadata', objectMeta),
    2: one('spec', {
      1: one('resourceAttributes', resourceAttributes),
      2: one('nonResourceAttributes', { 1: text('path'), 2: text('verb') }),
    }),
    3: ignoredStatus,
  },
  'authorization.k8s.io/v1 SelfSubjectRulesReview': {
    1: one('metadata', objectMeta),
    2: one('spec', { 1: text('namespace') }),
    3: ignoredStatus,
  },
  'authentication.k8s.io/v1 SelfSubjectReview': { 1: one('metadata', objectMeta), 2: ignoredStatus },
  'authentication.k8s.io/v1 TokenRequest': {
    1: one('metadata', objectMeta),
    2: one('spec', {
      1: texts('audiences'),
      3: one('boundObjectRef', { 1: text('kind'), 2: text('apiVersion'), 3: text('name'), 4: text('uid') }),
      4: integer('expirationSeconds'),
    }),
    3: ignoredStatus,
  },
}

/** Where the Go types have no pointer, an empty value means that the field was not set. */
const alwaysWritten = [
  'controller',
  'blockOwnerDeletion',
  'automountServiceAccountToken',
  'deletionGracePeriodSeconds',
  'immutable',
  'allocateLoadBalancerNodePorts',
]

const prefix = [0x6b, 0x38, 0x73, 0x00]

/** @throws ProtobufError */
export function decodeKubernetesProtobuf(body: Uint8Array): Record<string, unknown> {
  if (prefix.some((byte, index) => body[index] !== byte))
    throw new ProtobufError('it lacks the Kubernetes prefix')
  const { apiVersion, kind, raw } = openEnvelope(body.subarray(prefix.length))
  const message = messages[`${apiVersion} ${kind}`]
  if (message === undefined) {
    throw new ProtobufError(
      `${apiVersion} ${kind} is taken as JSON or YAML only; as protobuf ${Object.keys(messages).join(', ')}`,
    )
  }
  return { apiVersion, kind, ...decodeMessage(raw, message) }
}

function openEnvelope(content: Uint8Array): { apiVersion: string; kind: string; raw: Uint8Array } {
  let type: Record<string, unknown> = {}
  let raw: Uint8Array = new Uint8Array()
  for (const { number, value } of readFields(content)) {
    if (number === 1) type = decodeMessage(bytesOf(value), { 1: text('apiVersion'), 2: text('kind') })
    if (number === 2) raw = bytesOf(value)
    if (number === 3 && bytesOf(value).length > 0) throw new ProtobufError('its content is encoded once more')
  }
  return { apiVersion: String(type.apiVersion ?? ''), kind: String(type.kind ?? ''), raw }
}

function decodeMessage(bytes: Uint8Array, message: Message): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const { number, value } of readFields(bytes)) {
    const field = message[number]
    if (field === undefined) throw new ProtobufError(`field ${number} is not known`)
    assign(result, field, value)
  }
  return result
}

function assign(result: Record<string, unknown>, field: FieldDescription, value: bigint | Uint8Array): void {
  if (field.type === 'stringMap' || field.type === 'bytesMap') {
    const entry = field.type === 'stringMap' ? decodeEntry(bytesOf(value)) : decodeBytesEntry(bytesOf(value))
    result[field.name] = addEntry(result[field.name] as object | undefined, entry)
    return
  }
  const decoded = decodeValue(field, value)
  if (field.repeated === true)
    result[field.name] = addItem(result[field.name] as unknown[] | undefined, decoded)
  else if (!isUnset(decoded) || alwaysWritten.includes(field.name)) result[field.name] = decoded
}

/** In place: copies of what came before would make a body of megabytes take hours. */
function addItem(list: unknown[] = [], item: unknown): unknown[] {
  list.push(item)
  return list
}

/** Defined, not assigned: a key may be `__proto__`. */
function addEntry(map: object = {}, [key, value]: [string, string]): object {
  return Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true })
}

function decodeValue(field: FieldDescription, value: bigint | Uint8Array): unknown {
  switch (field.type) {
    case 'string':
      return decodeText(bytesOf(value))
    case 'int':
      return Number(BigInt.asIntN(64, integerOf(value)))
    case 'bool':
      return integerOf(value) !== 0n
    case 'time':
      return decodeTime(bytesOf(value))
    case 'message':
      return decodeMessage(bytesOf(value), field.message)
    case 'intOrString':
      return decodeIntOrString(bytesOf(value))
    default:
      return undefined
  }
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === '' || value === false || value === 0
}

function decodeEntry(bytes: Uint8Array): [string, string] {
  const { key = '', value = '' } = decodeMessage(bytes, { 1: text('key'), 2: text('value') })
  return [String(key), String(value)]
}

/** Bytes are base64 in JSON. */
function decodeBytesEntry(bytes: Uint8Array): [string, string] {
  let key = ''
  let content: Uint8Array = new Uint8Array()
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) key = decodeText(bytesOf(value))
    if (number === 2) content = bytesOf(value)
  }
  return [key, Buffer.from(content).toString('base64')]
}

/** Its type is 0 for a number and 1 for a text; a number that is zero means not set. */
function decodeIntOrString(bytes: Uint8Array): number | string | undefined {
  const value = decodeMessage(bytes, { 1: integer('type'), 2: integer('number'), 3: text('text') })
  return value.type === 1 ? String(value.text ?? '') : (value.number as number | undefined)
}

/** Of the four digits that a year has in RFC 3339: the end of the year 9999. */
const maxSeconds = 253_402_300_799

/** Seconds since 1970; an absent one is Go's zero time, which means not set. */
function decodeTime(bytes: Uint8Array): string | undefined {
  const { seconds } = decodeMessage(bytes, { 1: integer('seconds'), 2: integer('nanos') })
  if (typeof seconds !== 'number') return undefined
  if (Math.abs(seconds) > maxSeconds) throw new ProtobufError('a time is out of range')
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ProtobufError('a text is not UTF-8')
  }
}

function bytesOf(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === 'bigint') throw new ProtobufError('a field has the wrong wire type')
  return value
}

function integerOf(value: bigint | Uint8Array): bigint {
  if (typeof value !== 'bigint') throw new ProtobufError('a field has the wrong wire type')
  return value
}

export { ProtobufError }
