/** How a feed's list is got, as the rest of the server sees it: tests hand in another one. */

export interface ListRequest {
  readonly url: string
  /** Sent to the URL's own origin only. */
  readonly headers: Readonly<Record<string, string>>
  /** What the last answer said of itself: if it is the same still, there is nothing to send. */
  readonly known?: Validators
  readonly signal: AbortSignal
}

/** Source: RFC 9110 8.8. */
export interface Validators {
  readonly etag?: string
  readonly lastModified?: string
}

export type ListAnswer =
  | { readonly kind: 'Unchanged' }
  | { readonly kind: 'List'; readonly text: string; readonly validators: Validators }

/** @throws PullError */
export type FetchList = (request: ListRequest) => Promise<ListAnswer>

/** The list could not be got, or not be used. The message is for everybody who may read the feed: no secrets, and no query of a URL. */
export class PullError extends Error {
  override readonly name = 'PullError'
  /** One word, as the type of an error condition. */
  readonly type: PullErrorType
  constructor(type: PullErrorType, message: string, cause?: unknown) {
    super(message, { cause })
    this.type = type
  }
}

export type PullErrorType =
  | 'PullFailed'
  | 'ListUnusable'
  | 'HeadersMissing'
  | 'SetNameTaken'
  | 'SetsNotWritten'
