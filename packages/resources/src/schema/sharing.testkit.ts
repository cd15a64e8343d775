/** To hold against each other what went in and what came out. */

/** Itself: whoever changes it, or what is in it, throws. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}

/** Also order, and fields that are there and undefined. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : `${typeof value} ${value}`
  return `{${Object.entries(value).map(([key, member]) => `${key}:${textOf(member)}`)}}`
}

/** Objects and lists at each place where both have one. */
export function* pairs(one: unknown, other: unknown): Iterable<readonly [unknown, unknown]> {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return
  if (Array.isArray(one) !== Array.isArray(other)) return
  yield [one, other]
  for (const [key, member] of Object.entries(one)) {
    if (Object.hasOwn(other, key)) yield* pairs(member, Reflect.get(other, key))
  }
}
