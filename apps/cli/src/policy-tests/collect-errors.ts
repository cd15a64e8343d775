import { CliError } from '../errors.ts'

/** What `read` gives, or nothing and its errors with the others. */
export function collect<T>(errors: string[], read: () => readonly T[]): readonly T[] {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    errors.push(...error.lines)
    return []
  }
}
