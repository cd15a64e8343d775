/**
 * Content negotiation: in which form does the client want the answer?
 *
 * Source  Kubernetes API concepts, "Receiving resources as Tables" and "Metadata-only fetches"; RFC 9110, section 12.5.1
 *         (quality values are not weighed: clients list their preference first, as kubectl does).
 */
import { notAcceptable } from '../status/api-error.ts'

export interface MediaRange {
  /** In lower case, as in `application/json` or a wildcard form of it. */
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
}

/** How objects are shown; `v` and `g` of the media type go back in the answer's content type. */
export type Representation =
  | { readonly as: 'Object' }
  | { readonly as: 'Table' | 'PartialObjectMetadata'; readonly version: 'v1' | 'v1beta1' }

const metaGroup = 'meta.k8s.io'

export function parseAccept(header: string | undefined): MediaRange[] {
  if (header === undefined || header.trim() === '') return [{ type: '*/*', parameters: {} }]
  return header.split(',').map(parseRange)
}

export function acceptsJson({ type }: MediaRange): boolean {
  return type === 'application/json' || type === 'application/*' || type === '*/*'
}

/** The first form in the client's list that we can produce; 406 if there is none. */
export function negotiate(header: string | undefined): Representation {
  for (const range of parseAccept(header)) {
    const representation = acceptsJson(range) ? representationOf(range) : undefined
    if (representation !== undefined) return representation
  }
  throw notAcceptable(['application/json'])
}

export function contentTypeOf(representation: Representation, isList: boolean): string {
  if (representation.as === 'Object') return 'application/json'
  const as =
    representation.as === 'PartialObjectMetadata' && isList ? 'PartialObjectMetadataList' : representation.as
  return `application/json;as=${as};v=${representation.version};g=${metaGroup}`
}

function representationOf({ parameters }: MediaRange): Representation | undefined {
  const { as, v, g } = parameters
  if (as === undefined) return { as: 'Object' }
  if (g !== metaGroup || (v !== 'v1' && v !== 'v1beta1')) return undefined
  if (as === 'Table') return { as, version: v }
  const isPartial = as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList'
  return isPartial ? { as: 'PartialObjectMetadata', version: v } : undefined
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim())
  return { type: type.toLowerCase(), parameters: Object.fromEntries(parameters.map(parseParameter)) }
}

function parseParameter(text: string): [string, string] {
  const equals = text.indexOf('=')
  return equals === -1
    ? [text.toLowerCase(), '']
    : [text.slice(0, equals).toLowerCase(), text.slice(equals + 1)]
}
