import { hash64 } from './hash.ts'

/**
 * Gives each distinct key a short name that nft accepts: a readable part and a hash. Two keys whose hashes collide still
 * get two names, since a shared name would mean a shared policy.
 */
export class Names {
  readonly #nameByKey = new Map<string, string>()
  readonly #taken = new Set<string>()

  get size(): number {
    return this.#taken.size
  }

  /** `readable` is kept as far as nft's identifiers allow; `key` decides identity. */
  name(prefix: string, readable: string, key: string): string {
    const id = `${prefix} ${key}`
    const known = this.#nameByKey.get(id)
    if (known !== undefined) return known
    const name = this.#free(`${prefix}${slug(readable)}${hash(key)}`)
    this.#nameByKey.set(id, name)
    return name
  }

  /** A short text for what `content` says, from a hash of another text that is the same in every process. */
  edition(content: string, hashed: string): string {
    const known = this.#nameByKey.get(content)
    if (known !== undefined) return known
    const name = this.#free(hash64(hashed).toString(36))
    this.#nameByKey.set(content, name)
    return name
  }

  #free(base: string): string {
    let name = base
    for (let suffix = 2; this.#taken.has(name); suffix++) name = `${base}.${suffix}`
    this.#taken.add(name)
    return name
  }
}

const longestReadablePart = 40

function slug(readable: string): string {
  const plain = readable.replaceAll(/[^A-Za-z0-9_.-]/g, '_').slice(0, longestReadablePart)
  return plain === '' ? '' : `${plain}-`
}

function hash(text: string): string {
  return hash64(text).toString(16).padStart(16, '0')
}
