/**
 * Private keys in a Secret of the server, for nodes whose disk does not outlive them: `wireguard-NODE` in margay-system, which the server
 * shows to its node alone. Backups leave it out.
 */
import { type ApiClient, isNotFound } from '@margay/client'
import type { IpVersion } from '@margay/netset'
import {
  type ResourceObject,
  type Secret,
  wireguardSecretName,
  wireguardSecretNamespace,
} from '@margay/resources'
import { knownKind } from '../known-kind.ts'
import { type KeyStore, keyIn, type StoredKey } from './key-store.ts'

/** The message gives the reason, and never what is kept. */
export class KeySecretError extends Error {
  override readonly name = 'KeySecretError'

  constructor(name: string, cause: unknown) {
    super(
      `secret ${wireguardSecretNamespace}/${name}: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
}

export class KeySecrets implements KeyStore {
  readonly #client: Pick<ApiClient, 'get' | 'create' | 'patch'>
  readonly #ref: { readonly namespace: string; readonly name: string }

  constructor(client: Pick<ApiClient, 'get' | 'create' | 'patch'>, nodeName: string) {
    this.#client = client
    this.#ref = { namespace: wireguardSecretNamespace, name: wireguardSecretName(nodeName) }
  }

  /** What is no key counts as none, and is written over. @throws KeySecretError */
  load(version: IpVersion): Promise<StoredKey | undefined> {
    return this.#attempt(async () => {
      const secret = (await this.#find()) as unknown as Secret | undefined
      const text = secret?.data?.[keyEntry(version)]
      const madeAt = new Date(secret?.metadata.annotations?.[timeAnnotation(version)] ?? Number.NaN)
      const key = text === undefined ? undefined : keyIn(Buffer.from(text, 'base64').toString('utf8').trim())
      if (key === undefined || Number.isNaN(madeAt.getTime())) return undefined
      return { key, madeAt }
    })
  }

  /** @throws KeySecretError */
  async save(version: IpVersion, { key, madeAt }: StoredKey): Promise<void> {
    const metadata = { annotations: { [timeAnnotation(version)]: madeAt.toISOString() } }
    const data = { [keyEntry(version)]: Buffer.from(`${key.revealBase64()}\n`).toString('base64') }
    await this.#attempt(() => this.#write(metadata, data))
  }

  /** @throws KeySecretError */
  async forget(version: IpVersion): Promise<void> {
    const metadata = { annotations: { [timeAnnotation(version)]: null } }
    await this.#attempt(async () => {
      if ((await this.#find()) === undefined) return
      await this.#client.patch(secretKind, this.#ref, { metadata, data: { [keyEntry(version)]: null } })
    })
  }

  async #write(metadata: object, data: object): Promise<void> {
    try {
      await this.#client.patch(secretKind, this.#ref, { metadata, data })
    } catch (error) {
      if (!isNotFound(error)) throw error
      const made = { apiVersion: 'v1', kind: 'Secret', metadata: { ...this.#ref, ...metadata }, data }
      await this.#client.create(secretKind, made as ResourceObject)
    }
  }

  async #find(): Promise<ResourceObject | undefined> {
    try {
      return await this.#client.get(secretKind, this.#ref)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async #attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (cause) {
      throw new KeySecretError(this.#ref.name, cause)
    }
  }
}

function keyEntry(version: IpVersion): string {
  return `wireguard-ipv${version}.key`
}

function timeAnnotation(version: IpVersion): string {
  return `margay.io/wireguard-ipv${version}-made-at`
}

const secretKind = knownKind('v1', 'Secret')
