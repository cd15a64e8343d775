/**
 * Where a store lives in etcd: objects under `PREFIX/`, journals under `PREFIX-journal/WRITER/`, and under `PREFIX-changed/` a mark
 * for each collection. They don't overlap, so a list or watch of objects never meets the others. Keys are ASCII, so that etcd's order
 * is ours.
 */
export interface KeyRange {
  readonly key: string
  /** The first key after the range. */
  readonly end: string
}

export class KeySpace {
  readonly #prefix: string
  readonly journal: KeyRange
  /** Of all writers. */
  readonly journals: KeyRange

  constructor(prefix: string, writer: string) {
    this.#prefix = prefix
    this.journal = rangeOf(`${prefix}-journal/${encodeURIComponent(writer)}/`)
    this.journals = rangeOf(`${prefix}-journal/`)
  }

  /** In etcd. */
  ofObject(key: string): string {
    return this.#prefix + key
  }

  /** A key that every write to the collection puts: its revision is that of the collection's last change. */
  markOf(collection: string): string {
    return `${this.#prefix}-changed${collection}`
  }

  /** In the store. */
  toObject(etcdKey: string): string {
    return etcdKey.slice(this.#prefix.length)
  }

  /** Of the objects whose keys start with `prefix` and sort after `startAfter`. */
  objects(prefix: string, startAfter = ''): KeyRange {
    const { key, end } = rangeOf(this.ofObject(prefix === '' ? '/' : prefix))
    const next = `${this.ofObject(startAfter)}\0`
    return { key: startAfter !== '' && next > key ? next : key, end }
  }
}

/** `/<group>/<plural>/` of a key of the store. */
export function collectionOf(key: string): string {
  return `${key.split('/').slice(0, 3).join('/')}/`
}

function rangeOf(prefix: string): KeyRange {
  const last = prefix.charCodeAt(prefix.length - 1)
  return { key: prefix, end: prefix.slice(0, -1) + String.fromCharCode(last + 1) }
}
