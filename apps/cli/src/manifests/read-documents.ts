/** From `-f` to documents, together with what can't be read at all. */
import { type ManifestDocument, ManifestError, parseManifests } from '@margay/resources'
import type { Io } from '../io.ts'
import { readSources, type SourceText, testFiles } from './read-files.ts'
import { splitDocuments } from './split-documents.ts'

export type ReadDocument = ManifestDocument | ManifestError

/** In order, with an error in the place of each document that can't be parsed. @throws FileError, CliError */
export async function readDocumentsAndErrors(paths: readonly string[], io: Io): Promise<ReadDocument[]> {
  return (await readSources(paths, io)).flatMap(parseLeniently)
}

/** The same of files of tests: of a directory, those whose names say that they hold tests. @throws FileError, CliError */
export async function readTestDocuments(paths: readonly string[], io: Io): Promise<ReadDocument[]> {
  return (await readSources(paths, io, testFiles)).flatMap(parseLeniently)
}

/** All documents of all files. @throws ManifestError for the first that can't be parsed; FileError, CliError */
export async function readDocuments(paths: readonly string[], io: Io): Promise<ManifestDocument[]> {
  return (await readSources(paths, io)).flatMap(({ text, file }) => parseManifests(text, file))
}

/** A broken document must not hide those beside it. */
function parseLeniently(source: SourceText): ReadDocument[] {
  const whole = parseOrError(source)
  if (!(whole instanceof ManifestError)) return whole
  const pieces = splitDocuments(source.text)
  if (pieces.length < 2) return [whole]
  return pieces.flatMap((text): ReadDocument | ReadDocument[] => parseOrError({ ...source, text }))
}

function parseOrError({ text, file }: SourceText): ManifestDocument[] | ManifestError {
  try {
    return parseManifests(text, file)
  } catch (error) {
    if (error instanceof ManifestError) return error
    throw error
  }
}
