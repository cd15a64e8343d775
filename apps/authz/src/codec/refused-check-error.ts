/**
 * Well-formed, but beyond what is looked at. Much of this a client of the workload can bring about, by its headers for
 * instance, so it is answered with a denial: an error of the call could open the door, where the proxy lets requests pass
 * that nobody answers for.
 */
export type Refusal =
  | 'MessageTooLarge'
  | 'TooManyHeaders'
  | 'PathTooLong'
  | 'TooMuchMetadata'
  | 'BadAddress'
  | 'DoubledAttribute'
  | 'MissingAttribute'
  | 'OutsidePrefix'

export class RefusedCheckError extends Error {
  override readonly name = 'RefusedCheckError'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(`the check is refused: ${refusal}`)
    this.refusal = refusal
  }
}
