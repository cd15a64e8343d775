/** Request headers as they came: a header that was sent twice stands here twice, which commas in values could not tell. */
export interface HeaderList {
  /** All values of a header, in the order in which they came. `name` is in lower case. */
  values(name: string): readonly string[]
  /** All headers whose lower-case names begin with `prefix`: the rest of the name, and the value. */
  withPrefix(prefix: string): readonly (readonly [rest: string, value: string])[]
}

/** Of names and values in turn, as Node hands them over. */
export function headerList(raw: readonly string[]): HeaderList {
  const pairs: (readonly [string, string])[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    pairs.push([(raw[index] ?? '').toLowerCase(), raw[index + 1] ?? ''])
  }
  return {
    values: (name) => pairs.filter(([each]) => each === name).map(([, value]) => value),
    withPrefix: (prefix) =>
      pairs
        .filter(([each]) => each.startsWith(prefix))
        .map(([each, value]) => [each.slice(prefix.length), value]),
  }
}
