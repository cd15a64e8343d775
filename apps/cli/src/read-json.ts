import { usageError } from './errors.ts'
import type { Io } from './io.ts'

/** A JSON file, or standard input for `-`. @throws FileError, and CliError if it is no JSON */
export async function readJson(path: string, io: Io): Promise<unknown> {
  const text = path === '-' ? await io.readStdin() : io.files.readText(path)
  return parseJson(text, nameOf(path))
}

/** `place` names the text in the message. @throws CliError */
export function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw usageError(`${place} is not JSON: ${why}`, cause)
  }
}

/** How messages call a file. */
export function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path
}
