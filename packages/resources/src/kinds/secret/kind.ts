import { base64OfText, bytesOfBase64 } from '../../schema/base64.ts'
import { describe } from '../../schema/describe.ts'
import { fieldPath, type Issue, invalid, required, tooLong } from '../../schema/issue.ts'
import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { type Secret, secretSchema } from './schema.ts'

export const secretKind = defineKind<Secret>({
  apiVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  schema: secretSchema,
  nameFormat: subdomainName,
  validate: checkSecret,
  applyDefaults: moveTexts,
  printerColumns: [
    { name: 'Type', description: 'What it is for.', value: ({ type }) => type },
    {
      name: 'Data',
      type: 'integer',
      description: 'How many entries it has.',
      value: ({ data }) => Object.keys(data ?? {}).length,
    },
  ],
  selectableFields: ['type'],
})

/** Of all values together, as they are without base64. Source: `MaxSecretSize` of the Kubernetes API. */
const maxBytes = 1024 * 1024
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Entries that a type must have. Source: Kubernetes API validation of core/v1 Secret. */
const requiredEntries: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

function* checkSecret({ data = {}, type = '' }: Secret): Iterable<Issue> {
  for (const [key, value] of Object.entries(data)) {
    const path = fieldPath('data', key)
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || /^\.\.?$|^\.\./.test(key))
      yield invalid(path, `keys are 1 to 253 of a-z, A-Z, 0-9, "-", "_" and ".", but one is ${describe(key)}`)
    if (!base64.test(value)) yield invalid(path, 'must be base64')
  }
  for (const key of requiredEntries[type] ?? []) {
    if (!Object.hasOwn(data, key)) yield required(fieldPath('data', key), `is required for type ${type}`)
  }
  const bytes = Object.values(data).reduce((sum, value) => sum + bytesOfBase64(value), 0)
  if (bytes > maxBytes) yield tooLong('data', `holds ${bytes} bytes, but at most ${maxBytes} are allowed`)
}

/** Texts win over bytes of the same key, and are kept as bytes only. */
function moveTexts(secret: Secret): void {
  if (secret.stringData === undefined) return
  const entries = Object.entries(secret.stringData).map(([key, text]): [string, string] => [
    key,
    base64OfText(text),
  ])
  secret.data = { ...secret.data, ...Object.fromEntries(entries) }
  delete secret.stringData
}
