/**
 * Who we are to an etcd that asks: for name and password it gives a token, which it forgets after some minutes without use
 * and when it starts again.
 */
import { Metadata } from '@grpc/grpc-js'

export interface EtcdLogin {
  readonly user: string
  readonly password: string
}

/** Resolves to the token; to an empty one when etcd asks nobody. `deadline` is in Unix milliseconds. */
export type LogIn = (deadline: number) => Promise<string>

export class Session {
  readonly #logIn: LogIn
  #token: Promise<string> | undefined

  constructor(logIn: LogIn) {
    this.#logIn = logIn
  }

  /** Many that ask at once share one login. A login that failed is tried again by the next one who asks. */
  token(deadline: number): Promise<string> {
    this.#token ??= this.#begin(deadline)
    return this.#token
  }

  forget(): void {
    this.#token = undefined
  }

  #begin(deadline: number): Promise<string> {
    const token = this.#logIn(deadline)
    token.catch(() => {
      if (this.#token === token) this.#token = undefined
    })
    return token
  }
}

export function metadataWith(token: string): Metadata {
  const metadata = new Metadata()
  if (token !== '') metadata.set('token', token)
  return metadata
}
