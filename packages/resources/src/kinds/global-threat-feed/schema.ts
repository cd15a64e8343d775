/** Source: spec/enterprise.md 5.1. Counts in status are ours. */
import { choice, list, type Static, stringMap, Type, timestamp } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const keyRef = (what: string) =>
  Type.Optional(
    Type.Object(
      {
        name: Type.String({ description: 'Its name, which begins with "globalthreatfeed-FEED-".' }),
        key: Type.String({ minLength: 1, description: 'Which of its entries.' }),
        optional: Type.Optional(
          Type.Boolean({ description: 'True: without it the header is left out. Else nothing is pulled.' }),
        ),
      },
      { description: `An entry of a ${what} in namespace margay-system.` },
    ),
  )

const header = Type.Object({
  name: Type.String({ description: 'Of the header.' }),
  value: Type.Optional(Type.String({ maxLength: 8192, description: 'Its value, for everybody to read.' })),
  valueFrom: Type.Optional(
    Type.Object(
      { secretKeyRef: keyRef('Secret'), configMapKeyRef: keyRef('ConfigMap') },
      { description: 'Where its value is: one of the two.' },
    ),
  ),
})

const json = Type.Object(
  { path: Type.String({ maxLength: 1024, description: 'A JSONPath to texts, such as $.entries[*].ip.' }) },
  { description: 'A JSON document.' },
)

const csv = Type.Object(
  {
    fieldNum: Type.Optional(Type.Integer({ minimum: 0, description: 'Which field, from 0.' })),
    fieldName: Type.Optional(Type.String({ minLength: 1, description: 'Which field, by the first line.' })),
    header: Type.Optional(Type.Boolean({ description: 'The first line names the fields.' })),
    columnDelimiter: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1, description: 'Between fields. Default: a comma.' }),
    ),
    commentDelimiter: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1, description: 'Lines that begin with it are skipped.' }),
    ),
    recordSize: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'How many fields there must be. Default: as in the first line.',
      }),
    ),
    disableRecordSizeValidation: Type.Optional(
      Type.Boolean({ description: 'Lines may have different numbers of fields.' }),
    ),
  },
  { description: 'Records of fields, one a line.' },
)

const format = Type.Object(
  {
    newlineDelimited: Type.Optional(
      Type.Object({}, { description: 'One entry a line; what follows a # is a comment.' }),
    ),
    json: Type.Optional(json),
    csv: Type.Optional(csv),
  },
  { description: 'How the answer is read: one of these. Default: newlineDelimited.' },
)

const pull = Type.Object(
  {
    period: Type.Optional(
      Type.String({ default: '24h', description: 'Between two pulls, such as 1h30m; at least 5m.' }),
    ),
    http: Type.Object(
      {
        url: Type.String({ maxLength: 2048, description: 'What is got: http or https.' }),
        format: Type.Optional(format),
        headers: Type.Optional(list(header, { maxItems: 32, description: 'Headers of the request.' })),
      },
      { description: 'By an HTTP GET.' },
    ),
  },
  { description: 'Where the list comes from.' },
)

const spec = Type.Object({
  content: Type.Optional(
    choice(['IPSet', 'DomainNameSet'], { default: 'IPSet', description: 'What its entries are.' }),
  ),
  mode: Type.Optional(
    choice(['Enabled', 'Disabled'], {
      default: 'Enabled',
      description: 'Disabled: nothing is pulled, and there is no set.',
    }),
  ),
  feedType: Type.Optional(
    choice(['Custom', 'Builtin'], { default: 'Custom', description: 'Who it comes from; both are pulled.' }),
  ),
  description: Type.Optional(Type.String({ maxLength: 256, description: 'What it is, for people.' })),
  globalNetworkSet: Type.Optional(
    Type.Object(
      { labels: Type.Optional(stringMap({ description: 'What rules select the set by.' })) },
      {
        description:
          'Puts the addresses into the GlobalNetworkSet threatfeed.FEED, and more of them as needed.',
      },
    ),
  ),
  pull: Type.Optional(pull),
})

const errorCondition = Type.Object({
  type: Type.String({ description: 'One word, for programs.' }),
  message: Type.String({ description: 'A sentence, for people.' }),
})

const count = (description: string) => Type.Optional(Type.Integer({ minimum: 0, description }))

const status = Type.Object({
  lastSuccessfulSync: Type.Optional(timestamp({ description: 'When it was last pulled without an error.' })),
  lastSuccessfulSearch: Type.Optional(timestamp({ description: 'When flows were last searched for it.' })),
  observedGeneration: count('The generation of the feed that this speaks of.'),
  entries: count('How many good entries the last good list has.'),
  rejectedEntries: count('How many of its entries could not be used.'),
  nets: count('How many CIDRs are in its sets: as few as mean the same.'),
  sets: count('How many GlobalNetworkSets it fills.'),
  errorConditions: Type.Optional(
    list(errorCondition, { description: 'What is wrong now; the last good list is kept.' }),
  ),
})

export const globalThreatFeedSchema = resourceSchema(
  'projectcalico.org/v3',
  'GlobalThreatFeed',
  { spec, status: Type.Optional(status) },
  'Suspicious addresses or domains that are pulled from elsewhere, again and again.',
)

export type GlobalThreatFeed = Static<typeof globalThreatFeedSchema>
export type ThreatFeedHeader = Static<typeof header>
export type ThreatFeedFormat = Static<typeof format>
export type ThreatFeedStatus = Static<typeof status>
export type ThreatFeedCsv = Static<typeof csv>
