/** A value in a configuration file that knows where it stands, so that every complaint can name the place. */
import { type ManifestDocument, ManifestError, parseManifests } from '@margay/resources'
import { ClientConfigError } from './client-config.ts'

export class Field {
  readonly value: unknown
  readonly #document: ManifestDocument
  readonly #path: string

  private constructor(document: ManifestDocument, path: string, value: unknown) {
    this.#document = document
    this.#path = path
    this.value = value
  }

  /** The whole of a YAML or JSON file that holds one object. */
  static parse(text: string, file: string): Field {
    const [document, ...others] = parseOrRefuse(text, file)
    if (document === undefined) throw new ClientConfigError({ file }, 'the file is empty')
    if (others.length > 0) throw new ClientConfigError({ file }, 'the file must hold one document only')
    const root = new Field(document, '', document.value)
    if (!isRecord(document.value)) throw root.error('must be an object')
    return root
  }

  get file(): string {
    return this.#document.file
  }

  get isPresent(): boolean {
    return this.value !== undefined && this.value !== null && this.value !== ''
  }

  at(key: string): Field {
    const value = isRecord(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined
    return new Field(this.#document, this.#path === '' ? key : `${this.#path}.${key}`, value)
  }

  /** None for an absent list. */
  items(): Field[] {
    if (!this.isPresent) return []
    if (!Array.isArray(this.value)) throw this.error('must be a list')
    return this.value.map((value, index) => new Field(this.#document, `${this.#path}[${index}]`, value))
  }

  /** Undefined where it is absent or empty. */
  text(): string | undefined {
    if (!this.isPresent) return undefined
    if (typeof this.value !== 'string') throw this.error('must be a text')
    return this.value
  }

  requiredText(): string {
    const text = this.text()
    if (text === undefined) throw this.error('is required')
    return text
  }

  isTrue(): boolean {
    if (!this.isPresent) return false
    if (typeof this.value !== 'boolean') throw this.error('must be true or false')
    return this.value
  }

  error(what: string, cause?: unknown): ClientConfigError {
    const line = this.#document.lineOf(this.#path)
    return new ClientConfigError({ file: this.file, line, field: this.#path }, what, cause)
  }
}

function parseOrRefuse(text: string, file: string): ManifestDocument[] {
  try {
    return parseManifests(text, file)
  } catch (cause) {
    if (!(cause instanceof ManifestError)) throw cause
    const what = cause.message.slice(`${file}:${cause.line}:`.length)
    throw new ClientConfigError({ file, line: cause.line }, `column ${what}`, cause)
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
