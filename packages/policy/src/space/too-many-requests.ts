/** More kinds of HTTP requests than can be looked at: then nothing is said of them, rather than something wrong. */
export const mostRequestKinds = 4096

/** Rules for one receiver tell too many kinds of requests apart by their headers. */
export class TooManyRequestsError extends Error {
  override readonly name = 'TooManyRequestsError'
  /** The headers that they are told apart by, lower case. */
  readonly headers: readonly string[]

  constructor(headers: readonly string[]) {
    super(
      `rules with http for one receiver tell more than ${mostRequestKinds.toLocaleString('en')} kinds of requests apart, by the headers ${headers.join(', ')}: ` +
        'that is more than can be looked at, so nothing is said of its requests; let fewer rules for it ask for headers of different names, or for NotIn of one',
    )
    this.headers = headers
  }
}
