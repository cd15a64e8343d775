/** What a client in a pod can be told to do, and what it says of it. */

export interface Target {
  readonly address: string
  readonly port: number
  /** With this certificate, whoever the server is; undefined: plain text. */
  readonly identity?: { readonly cert: string; readonly key: string } | undefined
}

export interface RequestTask extends Target {
  readonly kind: 'request'
  /** HTTP/1.1 is written by hand, byte for byte: no library puts an odd path right. */
  readonly protocol: 'http/1.1' | 'http/2'
  readonly method: string
  /** Or whatever stands in its place: `*`, a whole URL. In Latin-1: each character is a byte. */
  readonly path: string
  /** Names may come more than once; in HTTP/1.1 as they are written. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Status 0: there was no answer, but the connection's end. */
export interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Bytes to something that speaks no HTTP. */
export interface BytesTask extends Target {
  readonly kind: 'bytes'
  readonly text: string
}

export interface ConnectTask extends Target {
  readonly kind: 'connect'
  readonly withinMs: number
}

/** The same requests again and again over connections that stay open, until it is told to stop. */
export interface StartLoadTask extends Target {
  readonly kind: 'start-load'
  readonly connections: number
  /** One after the other, round and round. */
  readonly paths: readonly string[]
}

/** What came so far does not count. */
export interface ForgetLoadTask {
  readonly kind: 'forget-load'
}

export interface StopLoadTask {
  readonly kind: 'stop-load'
}

/** How often what came, by `PATH STATUS` and what the workload was told of policy; status 0 for a broken connection. */
export interface LoadResult {
  readonly answers: Readonly<Record<string, number>>
}

export type ClientTask = RequestTask | BytesTask | ConnectTask | StartLoadTask | ForgetLoadTask | StopLoadTask
