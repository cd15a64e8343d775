import { defineKind } from '../kind-definition.ts'
import type { NameFormat } from '../meta/name-format.ts'
import { isDnsSubdomain } from '../meta/names.ts'
import { checkGlobalThreatFeed } from './check-global-threat-feed.ts'
import { maxFeedNameLength } from './names.ts'
import { type GlobalThreatFeed, globalThreatFeedSchema } from './schema.ts'

const feedName: NameFormat = {
  isValid: (name) => name.length <= maxFeedNameLength && isDnsSubdomain(name),
  allowed: `at most ${maxFeedNameLength} characters: parts of a-z, 0-9 and inner "-", joined by "."`,
}

export const globalThreatFeedKind = defineKind<GlobalThreatFeed>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalThreatFeed',
  plural: 'globalthreatfeeds',
  namespaced: false,
  hasStatus: true,
  schema: globalThreatFeedSchema,
  nameFormat: feedName,
  validate: checkGlobalThreatFeed,
  printerColumns: [
    { name: 'Content', description: 'What its entries are.', value: ({ spec }) => spec.content },
    { name: 'Mode', description: 'Whether it is pulled.', value: ({ spec }) => spec.mode },
    {
      name: 'Entries',
      type: 'integer',
      description: 'How many the last good list has.',
      value: ({ status }) => status?.entries,
    },
    {
      name: 'Synced',
      type: 'date',
      description: 'Time since it was last pulled without an error.',
      value: ({ status }) => status?.lastSuccessfulSync,
    },
    {
      name: 'Errors',
      description: 'What is wrong now.',
      value: ({ status }) => (status?.errorConditions ?? []).map(({ type }) => type).join(','),
    },
    {
      name: 'Rejected',
      type: 'integer',
      description: 'How many entries could not be used.',
      wide: true,
      value: ({ status }) => status?.rejectedEntries,
    },
    {
      name: 'Nets',
      type: 'integer',
      description: 'How many CIDRs are in its sets.',
      wide: true,
      value: ({ status }) => status?.nets,
    },
    { name: 'Period', description: 'Between two pulls.', wide: true, value: ({ spec }) => spec.pull?.period },
  ],
})
