/** From what a person types for a kind to the kinds it means. */
import { findKindByAlias, type KindDefinition, kindDefinitions } from '@margay/resources'
import { usageError } from '../errors.ts'

/** What a command line asks for. */
export interface Target {
  /** More than one where a word means several kinds, as `networkpolicies`, or several words were given. */
  readonly kinds: readonly KindDefinition[]
  /** None: all objects. */
  readonly names: readonly string[]
}

/** `TYPE[,TYPE…] [NAME…]` or `TYPE/NAME…`. @throws CliError */
export function resolveTargets(operands: readonly string[]): Target[] {
  const [types, ...names] = operands
  if (types === undefined) throw usageError(`say which kind: ${knownKinds()}`)
  if (operands.some((operand) => operand.includes('/'))) return operands.map(resolveTypedName)
  return [{ kinds: unique(types.split(',').flatMap(resolveKinds)), names }]
}

/** @throws CliError where the word means several kinds */
export function resolveOneKind({ kinds }: Target): KindDefinition {
  const [kind, ...others] = kinds
  if (kind === undefined) throw usageError('say which kind')
  if (others.length === 0) return kind
  throw usageError(`several kinds are meant; choose one of ${kinds.map(qualifiedName).join(', ')}`)
}

/** `tiers.projectcalico.org`, and plain `pods` in the core group. */
export function qualifiedName({ plural, group }: KindDefinition): string {
  return group === '' ? plural : `${plural}.${group}`
}

/** `tier.projectcalico.org/name`, as kubectl names an object. */
export function qualifiedObjectName({ singular, group }: KindDefinition, name: string): string {
  return `${group === '' ? singular : `${singular}.${group}`}/${name}`
}

function resolveTypedName(operand: string): Target {
  const [type = '', name = '', ...rest] = operand.split('/')
  if (type === '' || name === '' || rest.length > 0) {
    throw usageError(`${JSON.stringify(operand)} is not TYPE/NAME, as all arguments must be if one is`)
  }
  return { kinds: resolveKinds(type), names: [name] }
}

function resolveKinds(alias: string): readonly KindDefinition[] {
  const kinds = findKindByAlias(alias)
  if (kinds.length === 0)
    throw usageError(`there is no kind ${JSON.stringify(alias)}; there is ${knownKinds()}`)
  return kinds
}

function knownKinds(): string {
  return unique(kindDefinitions.map(({ plural }) => plural)).join(', ')
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)]
}
