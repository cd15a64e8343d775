/** The texts that `-f` names: files, directories with all that is below them, and `-` for standard input. */
import { join } from 'node:path'
import { usageError } from '../errors.ts'
import type { Files, Io } from '../io.ts'

export interface SourceText {
  /** For messages: as the user wrote it, or below it. */
  readonly file: string
  readonly text: string
}

/** In the order given; in a directory by name. Each file once. @throws FileError, CliError */
export async function readSources(paths: readonly string[], io: Io): Promise<SourceText[]> {
  const sources = new Map<string, SourceText>()
  for (const path of new Set(paths)) {
    for (const source of await readPath(path, io)) sources.set(source.file, source)
  }
  return [...sources.values()]
}

async function readPath(path: string, io: Io): Promise<SourceText[]> {
  if (path === '-') return [{ file: 'standard input', text: await io.readStdin() }]
  if (!io.files.isDirectory(path)) return [{ file: path, text: io.files.readText(path) }]
  const files = manifestsBelow(path, io.files)
  if (files.length === 0) throw usageError(`there is no manifest (*.yaml, *.yml, *.json) in ${path}`)
  return files.map((file) => ({ file, text: io.files.readText(file) }))
}

const manifestName = /\.(?:yaml|yml|json)$/

/** Hidden files and directories are left out: editors and version control keep theirs there. */
function manifestsBelow(directory: string, files: Files): string[] {
  const entries = files.list(directory).filter(({ name }) => !name.startsWith('.'))
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, isDirectory }) => {
      const path = join(directory, name)
      if (isDirectory) return manifestsBelow(path, files)
      return manifestName.test(name) ? [path] : []
    })
}
