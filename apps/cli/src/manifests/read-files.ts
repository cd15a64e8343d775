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
export async function readSources(
  paths: readonly string[],
  io: Io,
  wanted: WantedFiles = manifestFiles,
): Promise<SourceText[]> {
  const sources = new Map<string, SourceText>()
  for (const path of new Set(paths)) {
    for (const source of await readPath(path, io, wanted)) sources.set(source.file, source)
  }
  return [...sources.values()]
}

/** Which files of a directory are meant by it. */
export interface WantedFiles {
  readonly noun: string
  readonly has: (name: string) => boolean
}

/** Tests of policies often lie beside the policies. */
export const testFiles: WantedFiles = {
  noun: 'file of tests (*.test.yaml, *.test.yml, *.test.json)',
  has: (name) => /\.test\.(?:yaml|yml|json)$/.test(name),
}

const manifestFiles: WantedFiles = {
  noun: 'manifest (*.yaml, *.yml, *.json)',
  has: (name) => /\.(?:yaml|yml|json)$/.test(name) && !testFiles.has(name),
}

async function readPath(path: string, io: Io, wanted: WantedFiles): Promise<SourceText[]> {
  if (path === '-') return [{ file: 'standard input', text: await io.readStdin() }]
  if (!io.files.isDirectory(path)) return [{ file: path, text: io.files.readText(path) }]
  const files = filesBelow(path, io.files, wanted)
  if (files.length === 0) throw usageError(`there is no ${wanted.noun} in ${path}`)
  return files.map((file) => ({ file, text: io.files.readText(file) }))
}

/** Hidden files and directories are left out: editors and version control keep theirs there. */
function filesBelow(directory: string, files: Files, wanted: WantedFiles): string[] {
  const entries = files.list(directory).filter(({ name }) => !name.startsWith('.'))
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, isDirectory }) => {
      const path = join(directory, name)
      if (isDirectory) return filesBelow(path, files, wanted)
      return wanted.has(name) ? [path] : []
    })
}
