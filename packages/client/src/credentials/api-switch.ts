/** One API for whoever reads and writes, over a connection that may be replaced when credentials change. */
import { ApiClient } from '../api-client.ts'
import type { ClientConfig } from '../config/client-config.ts'

/** What those who follow a cluster need of its API. */
export type FollowedApi = Pick<ApiClient, 'list' | 'watch' | 'get' | 'create' | 'patch'>

export class ApiSwitch implements FollowedApi {
  #client: ApiClient

  constructor(config: ClientConfig) {
    this.#client = new ApiClient(config)
  }

  /** What is under way breaks off, and is begun anew by informers where it stood. */
  async use(config: ClientConfig): Promise<void> {
    const before = this.#client
    this.#client = new ApiClient(config)
    await before.close()
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  list(...args: Parameters<ApiClient['list']>): ReturnType<ApiClient['list']> {
    return this.#client.list(...args)
  }

  watch(...args: Parameters<ApiClient['watch']>): ReturnType<ApiClient['watch']> {
    return this.#client.watch(...args)
  }

  get(...args: Parameters<ApiClient['get']>): ReturnType<ApiClient['get']> {
    return this.#client.get(...args)
  }

  create(...args: Parameters<ApiClient['create']>): ReturnType<ApiClient['create']> {
    return this.#client.create(...args)
  }

  patch(...args: Parameters<ApiClient['patch']>): ReturnType<ApiClient['patch']> {
    return this.#client.patch(...args)
  }
}
