/** Where a node keeps its private keys, so that they outlive its processes. */
import { PrivateKey } from '@margay/netlink'
import type { IpVersion } from '@margay/netset'

export interface StoredKey {
  readonly key: PrivateKey
  /** By the node's clock. */
  readonly madeAt: Date
  /** Why it should not be used any more: for example, others could read it. */
  readonly doubt?: string
}

/** Errors name the place and the cause, and never what is kept there. */
export interface KeyStore {
  /** Undefined: there is none. */
  load(version: IpVersion): Promise<StoredKey | undefined>
  /** On disk when it resolves: a key that peers know must not be lost. */
  save(version: IpVersion, stored: StoredKey): Promise<void>
  forget(version: IpVersion): Promise<void>
}

/** Undefined: it is no key. */
export function keyIn(text: string): PrivateKey | undefined {
  try {
    return PrivateKey.parse(text.trim())
  } catch {
    return undefined
  }
}
