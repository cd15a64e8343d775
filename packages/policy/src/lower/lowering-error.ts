/** A resource holds what validation would have refused. */
export class LoweringError extends Error {
  override readonly name = 'LoweringError'
}
