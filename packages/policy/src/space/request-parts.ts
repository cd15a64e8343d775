/** Sets of HTTP requests, as products of a method, a path and what is true of headers. */

/** Requests of one method and one path whose headers are so; `…` stands for all that no rule names. */
export interface RequestPart {
  readonly method: string
  /** Undefined: one that can't be normalised. Of paths, `/a/…` is all that is below `/a` and has no name of its own. */
  readonly path: string | undefined
  /** All must hold, and no two are of one name; of other headers nothing is said. */
  readonly headers: readonly HeaderPart[]
}

/** Some of the ways that a header may be. */
export interface HeaderPart {
  /** Lower case. */
  readonly name: string
  readonly allowed: HeaderWays
  /** All others; there are some. */
  readonly others: HeaderWays
}

/** Values as rules list them, `…` for all that none lists, `a,…` for those of which `a` is a part between commas. */
export interface HeaderWays {
  readonly isAbsent: boolean
  readonly values: readonly string[]
}

/** The same requests in fewer parts: those that differ in one header only are put together. Where that is of no matter, nothing is said of it. */
export function fewestParts(parts: readonly RequestPart[]): RequestPart[] {
  const names = [...new Set(parts.flatMap(({ headers }) => headers.map(({ name }) => name)))]
  return names.reduceRight<RequestPart[]>((all, name) => joinedBy(all, name), [...parts])
}

/** Ways of a header are never of two parts that are alike otherwise: a union is exact. */
function joinedBy(parts: readonly RequestPart[], name: string): RequestPart[] {
  const alike = Map.groupBy(parts, ({ method, path, headers }) =>
    JSON.stringify([method, path ?? null, headers.filter((it) => it.name !== name).map(textOf)]),
  )
  return [...alike.values()].map((those) => {
    const [first] = those as [RequestPart]
    return those.length === 1 ? first : { ...first, headers: withUnion(those, name) }
  })
}

function withUnion(parts: readonly RequestPart[], name: string): HeaderPart[] {
  const [{ headers: first }] = parts as [RequestPart]
  const others = first.filter((it) => it.name !== name)
  const asked = parts.map(({ headers }) => headers.find((it) => it.name === name))
  if (!asked.every((it) => it !== undefined)) return others
  const union = asked.reduce(unite)
  return isAll(union) ? others : first.map((it) => (it.name === name ? union : it))
}

function unite(one: HeaderPart, { allowed }: HeaderPart): HeaderPart {
  const values = new Set([...one.allowed.values, ...allowed.values])
  return {
    name: one.name,
    allowed: { isAbsent: one.allowed.isAbsent || allowed.isAbsent, values: [...values] },
    others: {
      isAbsent: one.others.isAbsent && !allowed.isAbsent,
      values: one.others.values.filter((it) => !values.has(it)),
    },
  }
}

function isAll({ others }: HeaderPart): boolean {
  return !others.isAbsent && others.values.length === 0
}

function textOf({ name, allowed }: HeaderPart): unknown {
  return [name, allowed.isAbsent, allowed.values.toSorted()]
}
