import { bytesOfBase64, utf8Length } from '../../schema/base64.ts'
import { describe } from '../../schema/describe.ts'
import { fieldPath, type Issue, invalid, tooLong } from '../../schema/issue.ts'
import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { type ConfigMap, configMapSchema } from './schema.ts'

export const configMapKind = defineKind<ConfigMap>({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  schema: configMapSchema,
  nameFormat: subdomainName,
  validate: checkConfigMap,
  printerColumns: [
    {
      name: 'Data',
      type: 'integer',
      description: 'How many entries it has.',
      value: ({ data, binaryData }) => Object.keys({ ...data, ...binaryData }).length,
    },
  ],
})

/** Of all values together, binary ones as they are without base64. Source: `MaxSecretSize` of the Kubernetes API. */
const maxBytes = 1024 * 1024
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Source: Kubernetes API validation of core/v1 ConfigMap. */
function* checkConfigMap({ data = {}, binaryData = {} }: ConfigMap): Iterable<Issue> {
  for (const key of Object.keys(data)) yield* checkKey(key, 'data')
  for (const [key, value] of Object.entries(binaryData)) {
    yield* checkKey(key, 'binaryData')
    const path = fieldPath('binaryData', key)
    if (Object.hasOwn(data, key)) yield invalid(path, 'stands in data too')
    if (!base64.test(value)) yield invalid(path, 'must be base64')
  }
  const texts = Object.values(data).reduce((sum, text) => sum + utf8Length(text), 0)
  const bytes = Object.values(binaryData).reduce((sum, value) => sum + bytesOfBase64(value), texts)
  if (bytes > maxBytes) yield tooLong('', `holds ${bytes} bytes, but at most ${maxBytes} are allowed`)
}

function* checkKey(key: string, field: string): Iterable<Issue> {
  if (/^[-._a-zA-Z0-9]{1,253}$/.test(key) && !/^\.\.?$|^\.\./.test(key)) return
  yield invalid(
    fieldPath(field, key),
    `keys are 1 to 253 of a-z, A-Z, 0-9, "-", "_" and ".", but one is ${describe(key)}`,
  )
}
