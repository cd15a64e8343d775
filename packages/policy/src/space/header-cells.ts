/**
 * The values of one header, divided by the conditions that rules have on it: what is true of one of a cell is true of all.
 *
 * A value is told apart from others as a whole where a rule lists it; of all other values, only which of the listed ones are parts of it, between
 * commas, counts: `NotIn` asks for that. Parts can be put together as one likes, so sets of them are never listed.
 */
import { matchesHttp } from '../evaluate/match-http.ts'
import type { HttpHeaderMatch } from '../model/rule.ts'
import { mostRequestKinds, TooManyRequestsError } from './too-many-requests.ts'

export interface HeaderCell {
  /** One that is so; undefined: the header is not there. */
  readonly value: string | undefined
  /** Is its absence in the cell? */
  readonly isAbsent: boolean
  /**
   * Values as rules list them, `…` for all that none lists, `a,…` for those of which `a` is a part, and `a|b,…` for those of which one of the
   * two is; never such as another cell has by a name of its own.
   */
  readonly names: readonly string[]
}

/** All that a header may be, before like ones are put together. */
interface Option {
  readonly value: string | undefined
  readonly name: string | undefined
}

/** Values that no rule lists as a whole, by listed values that must not be parts of them, and sets of such of which one must be. */
interface Parts {
  readonly without: ReadonlySet<string>
  readonly withOneOf: readonly (readonly string[])[]
}

/** Each cell once. @throws TooManyRequestsError */
export function headerCells(name: string, conditions: readonly HttpHeaderMatch[]): HeaderCell[] {
  const values = [...new Set(conditions.flatMap((it) => it.values))]
  const unlisted = unlistedIn(values)
  const options: Option[] = [
    { value: undefined, name: undefined },
    ...values.filter((it) => isWhole(name, it)).map((value) => ({ value, name: value })),
    ...partsOf(name, conditions, unlisted).map((parts) => optionOf(parts, unlisted, markIn(values))),
  ]
  const cells = Map.groupBy(options, ({ value }) =>
    conditions.map((condition) => (isMet(condition, value) ? '1' : '0')).join(''),
  )
  return [...cells.values()].map(cellOf)
}

export function isMet(condition: HttpHeaderMatch, value: string | undefined): boolean {
  const headers = new Map(value === undefined ? [] : [[condition.name, value]])
  return matchesHttp(
    { methods: undefined, paths: undefined, headers: [condition] },
    { method: 'GET', path: '/', headers },
  )
}

function cellOf(options: readonly Option[]): HeaderCell {
  return {
    value: options[0]?.value,
    isAbsent: options.some(({ value }) => value === undefined),
    names: options.flatMap((it) => it.name ?? []),
  }
}

/** Can a header have just this value? One with spaces around it can't. */
function isWhole(name: string, value: string): boolean {
  return isMet({ name, operator: 'In', values: [value] }, value)
}

/** Can it be one of several, between commas? One with a comma in it can't. */
function isPart(name: string, value: string, unlisted: string): boolean {
  return !isMet({ name, operator: 'NotIn', values: [value] }, `${value},${unlisted}`)
}

function partsOf(name: string, conditions: readonly HttpHeaderMatch[], unlisted: string): Parts[] {
  const lists = conditions
    .filter(({ operator }) => operator === 'NotIn')
    .map(({ values }) => values.filter((it) => isPart(name, it, unlisted)))
    .filter((list) => list.length > 0)
  return lists.reduce<Parts[]>(
    (all, list) => divided(name, all, list),
    [{ without: new Set(), withOneOf: [] }],
  )
}

function divided(name: string, all: readonly Parts[], list: readonly string[]): Parts[] {
  const found = all
    .flatMap(({ without, withOneOf }) => [
      { without: new Set([...without, ...list]), withOneOf },
      { without, withOneOf: [...withOneOf, list] },
    ])
    .filter(({ without, withOneOf }) => withOneOf.every((them) => them.some((it) => !without.has(it))))
  if (found.length > mostRequestKinds) throw new TooManyRequestsError([name])
  return found
}

function optionOf({ without, withOneOf }: Parts, unlisted: string, mark: string): Option {
  const choices = withOneOf.map((list) => list.filter((it) => !without.has(it)))
  const parts = new Set(choices.map(([first]) => first as string))
  const names = new Set(choices.map((list) => list.map(quoted).join('|')))
  return { value: [...parts, unlisted].join(), name: [...names, mark].join() }
}

/** So that it can't be taken for two. */
function quoted(value: string): string {
  return /["|]/.test(value) ? JSON.stringify(value) : value
}

/** Stands for all that no rule lists, also where one lists just that. */
function markIn(values: readonly string[], mark = '…'): string {
  return values.some((it) => it.includes(mark)) ? markIn(values, `${mark}…`) : mark
}

/** Neither a listed value nor within one. */
function unlistedIn(values: readonly string[], text = 'other'): string {
  return values.some((it) => it.toLowerCase().includes(text)) ? unlistedIn(values, `${text}-other`) : text
}
