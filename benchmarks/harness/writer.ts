import type { ApiClient } from '@margay/client'
import type { ResourceObject } from '@margay/resources'
import { kindOf } from './api-server.ts'

/** Replaces one object again and again, each time the version that it wrote before, as its only author does. */
export class Writer {
  readonly #client: ApiClient
  #resourceVersion: string | undefined

  /** `stored` is the object as the server has it. */
  constructor(client: ApiClient, stored: ResourceObject) {
    this.#client = client
    this.#resourceVersion = stored.metadata.resourceVersion
  }

  async write(object: ResourceObject): Promise<void> {
    const resourceVersion = this.#resourceVersion
    const metadata = { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) }
    const stored = await this.#client.update(kindOf(object), { ...object, metadata })
    this.#resourceVersion = stored.metadata.resourceVersion
  }
}
