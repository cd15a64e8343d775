/** Records of an answer section by owner, and which of them a question leads to. */
import type { AddressRecord, AliasRecord, DnsAnswer, Question } from './dns-answer.ts'

/** Names on the way from the question: resolvers follow 8 to 16 aliases. */
const maxReached = 64

export class AnswerSection {
  readonly #chain = new Map<string, AliasRecord[]>()
  readonly #bindings = new Map<string, AliasRecord[]>()
  readonly #addresses = new Map<string, AddressRecord[]>()

  /** Of a CNAME: it leads on to other records of this section. */
  addAlias(record: AliasRecord): void {
    append(this.#chain, record)
  }

  /** Of a service binding: what is at its target is asked about in another question. */
  addBinding(record: AliasRecord): void {
    append(this.#bindings, record)
  }

  addAddress(record: AddressRecord): void {
    append(this.#addresses, record)
  }

  reachedFrom(question: Question): DnsAnswer {
    const [aliases, addresses]: [AliasRecord[], AddressRecord[]] = [[], []]
    const reached = new Set([question.name])
    for (const name of reached) {
      const chain = this.#chain.get(name) ?? []
      aliases.push(...chain, ...(this.#bindings.get(name) ?? []))
      addresses.push(...(this.#addresses.get(name) ?? []))
      for (const { target } of chain) if (reached.size < maxReached) reached.add(target)
    }
    return { question, aliases, addresses }
  }
}

function append<Item extends { readonly name: string }>(map: Map<string, Item[]>, item: Item): void {
  const items = map.get(item.name)
  if (items === undefined) map.set(item.name, [item])
  else items.push(item)
}
