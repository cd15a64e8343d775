/**
 * Which network sets give a name. One index answers for all sets of a state: a set holds an address outside of the cluster by its name
 * if it selects the labels of a network set that gives the name.
 */
import { DomainIndex, type DomainPattern } from '@margay/resources'
import type { Delta } from './delta.ts'
import { type OneOrMany, withOne, withoutOne } from './one-or-many.ts'

type Labels = ReadonlyMap<string, string>
/** What matters here of a network set. */
export interface Giver {
  readonly labels: Labels
  readonly domains: readonly DomainPattern[]
}

interface Given {
  readonly index: DomainIndex
  readonly giversOf: Map<string, OneOrMany<Giver>>
}

/** Nobody is looked at before a name is first asked about: an agent never asks. Memory: the patterns of all network sets, each once. */
export class DomainHolders {
  readonly #all: () => Iterable<Giver>
  #given: Given | undefined
  /** A walk over rules asks about the same name again and again. */
  #last: { readonly name: string; readonly labels: readonly Labels[] } | undefined

  /** `all` are those that there are at the time. */
  constructor(all: () => Iterable<Giver>) {
    this.#all = all
  }

  /** Of each network set that gives the name, once for each of its patterns that does. */
  labelsGiving(name: string): readonly Labels[] {
    if (this.#last?.name === name) return this.#last.labels
    this.#given ??= this.#find()
    const { index, giversOf } = this.#given
    const labels = index.matching(name).flatMap(({ text }) => labelsOf(giversOf.get(text)))
    this.#last = { name, labels }
    return labels
  }

  /** Cost: the patterns of what changed. */
  update({ gone, come }: Delta<Giver>): void {
    this.#last = undefined
    if (this.#given === undefined) return
    for (const it of gone) leave(this.#given, it)
    for (const it of come) enter(this.#given, it)
  }

  #find(): Given {
    const given = { index: new DomainIndex([]), giversOf: new Map<string, OneOrMany<Giver>>() }
    for (const it of this.#all()) enter(given, it)
    return given
  }
}

function labelsOf(givers: OneOrMany<Giver> | undefined): Labels[] {
  if (givers === undefined) return []
  return givers instanceof Set ? Array.from(givers, ({ labels }) => labels) : [givers.labels]
}

function enter({ index, giversOf }: Given, giver: Giver): void {
  for (const pattern of giver.domains) {
    index.add(pattern)
    giversOf.set(pattern.text, withOne(giversOf.get(pattern.text), giver))
  }
}

function leave({ index, giversOf }: Given, giver: Giver): void {
  for (const pattern of giver.domains) {
    const left = withoutOne(giversOf.get(pattern.text), giver)
    if (left !== undefined) {
      giversOf.set(pattern.text, left)
      continue
    }
    giversOf.delete(pattern.text)
    index.delete(pattern)
  }
}
