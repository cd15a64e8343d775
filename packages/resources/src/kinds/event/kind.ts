import { describe } from '../../schema/describe.ts'
import { type Issue, invalid } from '../../schema/issue.ts'
import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { type Event, eventSchema } from './schema.ts'

export const eventKind = defineKind<Event>({
  apiVersion: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: eventSchema,
  nameFormat: subdomainName,
  validate: checkEvent,
  isWholeTable: true,
  printerColumns: [
    {
      name: 'Last Seen',
      type: 'date',
      description: 'When it happened last.',
      value: ({ lastTimestamp, eventTime }) => lastTimestamp ?? eventTime,
    },
    { name: 'Type', description: 'Normal or Warning.', value: ({ type }) => type },
    { name: 'Reason', description: 'One word.', value: ({ reason }) => reason },
    { name: 'Object', description: 'What it happened to.', value: objectOf },
    {
      name: 'Subobject',
      description: 'The part of it.',
      wide: true,
      value: ({ involvedObject }) => involvedObject.fieldPath,
    },
    { name: 'Source', description: 'Who tells it.', wide: true, value: sourceOf },
    { name: 'Message', description: 'A sentence.', value: ({ message }) => message?.trim() },
    {
      name: 'First Seen',
      type: 'date',
      description: 'When it happened first.',
      wide: true,
      value: ({ firstTimestamp, eventTime }) => firstTimestamp ?? eventTime,
    },
    {
      name: 'Count',
      type: 'integer',
      description: 'How often it happened.',
      wide: true,
      value: ({ count }) => count ?? 1,
    },
    { name: 'Name', description: 'Name of the event.', wide: true, value: ({ metadata }) => metadata.name },
  ],
  selectableFields: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'type',
  ],
  fieldValues: { source: ({ source, reportingComponent }) => source?.component || reportingComponent },
})

function objectOf({ involvedObject: { kind = '', name = '' } }: Event): string {
  return `${kind.toLowerCase()}/${name}`
}

function sourceOf({ source, reportingComponent, reportingInstance }: Event): string {
  const parts = [source?.component || reportingComponent, source?.host || reportingInstance]
  return parts.filter((part) => (part ?? '') !== '').join(', ')
}

/** Events of objects without a namespace are kept in `default`. Source: Kubernetes API validation of core/v1 Event. */
function* checkEvent({ metadata, involvedObject }: Event): Iterable<Issue> {
  const namespace = involvedObject.namespace ?? ''
  const own = metadata.namespace
  if (own === undefined || namespace === own) return
  if (namespace === '' && (own === 'default' || own === 'kube-system')) return
  yield invalid(
    'involvedObject.namespace',
    `must be the event's own namespace, ${describe(own)}, but is ${describe(namespace)}`,
  )
}
