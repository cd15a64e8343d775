/**
 * The key that signs tokens of service accounts, and the public ones by which they are verified. It is made at the first
 * start; a person may put another one in its place, EC P-256 or RSA, and the older public keys beside it.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { join } from 'node:path'
import type { Files } from '../../pki/ensure-pki.ts'

export interface PublicKey {
  readonly id: string
  readonly algorithm: 'ES256' | 'RS256'
  readonly key: KeyObject
}

export interface SigningKeys {
  readonly signing: PublicKey & { readonly privateKey: KeyObject }
  /** The signing key's own first. */
  readonly verifying: readonly PublicKey[]
}

/** `sa.key`, and in `sa.pub` any number of further public keys, all PEM. */
export async function ensureSigningKeys(directory: string, files: Files): Promise<SigningKeys> {
  const path = join(directory, 'sa.key')
  const stored = await files.read(path)
  const pem = stored ?? generateKey()
  if (stored === undefined) await files.write(path, pem, true)
  return signingKeys(pem, (await files.read(join(directory, 'sa.pub'))) ?? '')
}

/** Throws for a key of another kind. */
export function signingKeys(pem: string, olderPublicKeys = ''): SigningKeys {
  const privateKey = createPrivateKey(pem)
  const own = publicKey(createPublicKey(privateKey))
  const blocks = olderPublicKeys.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []
  const older = blocks.map((block) => publicKey(createPublicKey(block))).filter(({ id }) => id !== own.id)
  return { signing: { ...own, privateKey }, verifying: [own, ...older] }
}

function generateKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
}

/** The id is the hash of the key, as in Kubernetes. */
function publicKey(key: KeyObject): PublicKey {
  const der = key.export({ type: 'spki', format: 'der' })
  return { id: createHash('sha256').update(der).digest('base64url'), algorithm: algorithmOf(key), key }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): PublicKey['algorithm'] {
  if (asymmetricKeyType === 'rsa') return 'RS256'
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  throw new TypeError('a key for tokens of service accounts must be EC P-256 or RSA')
}
