/**
 * The order of two texts by their UTF-8 bytes, which is the order of their code points.
 *
 * Plain `<` compares UTF-16 units instead, and puts characters beyond U+FFFF before some that precede them.
 */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    const difference = rank(left.charCodeAt(index)) - rank(right.charCodeAt(index))
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Moves the surrogates (0xD800 to 0xDFFF), which stand for the highest code points, above all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit
}
