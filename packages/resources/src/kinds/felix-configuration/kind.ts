import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { normalizePort } from '../rule/port.ts'
import { checkFelixConfiguration } from './check-felix-configuration.ts'
import { type FelixConfiguration, type FelixSettings, felixConfigurationSchema } from './schema.ts'
import { findWord, wordSettingNames } from './words.ts'

export const felixConfigurationKind = defineKind<FelixConfiguration>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'FelixConfiguration',
  plural: 'felixconfigurations',
  namespaced: false,
  schema: felixConfigurationSchema,
  nameFormat: subdomainName,
  validate: checkFelixConfiguration,
  applyDefaults: normalizeSettings,
  printerColumns: [
    {
      name: 'Node-Selector',
      description: 'The nodes it is for, if its name says neither all nor one.',
      value: ({ spec }) => spec?.nodeSelector,
    },
  ],
})

/** Brings words and ports into the one form that is stored. */
function normalizeSettings({ spec = {} }: FelixConfiguration): void {
  const words: Partial<Record<keyof FelixSettings, unknown>> = spec
  for (const setting of wordSettingNames) {
    const text: string = spec[setting] ?? ''
    if (text !== '') words[setting] = findWord(setting, text) ?? text
  }
  if (spec.kubeNodePortRanges !== undefined)
    spec.kubeNodePortRanges = spec.kubeNodePortRanges.map(normalizePort)
}
