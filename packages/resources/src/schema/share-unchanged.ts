/**
 * What came out exactly as it went in need not be there twice.
 *
 * Input   A value, and a private copy of it in which things were added, dropped or changed.
 * Output  Equal to the copy. Of each object and list that is the same in both, with all that is in it and in the same order, it holds
 *         the one of the input; of those that differ, the copy.
 */
export function shareUnchanged(input: unknown, copy: unknown): unknown {
  if (Array.isArray(input) && Array.isArray(copy)) return shareList(input, copy)
  if (isPlainObject(input) && isPlainObject(copy)) return shareObject(input, copy)
  return copy
}

function shareList(input: readonly unknown[], copy: unknown[]): readonly unknown[] {
  let isSame = input.length === copy.length
  for (const [index, item] of copy.entries()) {
    const shared = shareUnchanged(input[index], item)
    if (shared !== item) copy[index] = shared
    isSame &&= Object.is(shared, input[index])
  }
  return isSame ? input : copy
}

function shareObject(input: PlainObject, copy: PlainObject): PlainObject {
  const given = Object.keys(input)
  const names = Object.keys(copy)
  let isSame = given.length === names.length
  for (const [index, name] of names.entries()) {
    const before = Object.hasOwn(input, name) ? input[name] : undefined
    const shared = shareUnchanged(before, copy[name])
    if (shared !== copy[name]) copy[name] = shared
    isSame &&= given[index] === name && Object.is(shared, before)
  }
  return isSame ? input : copy
}

type PlainObject = Record<string, unknown>

function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
