/** From the files of tests that the user names to what is to be judged, with every error of them at once. */
import { dirname, join, normalize } from 'node:path'
import { type ManifestDocument, ManifestError } from '@margay/resources'
import { usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type ReadDocument, readTestDocuments } from '../manifests/read-documents.ts'
import { collect } from './collect-errors.ts'
import { deciderForm, deciderForms } from './deciders.ts'
import { checkTestDocument, isIssues, type TestDocument, type TestFields } from './document-schema.ts'
import { readConnections } from './read-connections.ts'
import type { PolicyTest, Suite } from './suite.ts'

interface Options {
  /** Manifests for all documents. */
  readonly filename?: readonly string[]
  /** Keeps tests with this text in their name. */
  readonly filter?: string
}

/** @throws CliError with a line `file:line: field: what is wrong and what is allowed` for each error; FileError */
export async function readSuites(paths: readonly string[], options: Options, io: Io): Promise<Suite[]> {
  const errors: string[] = []
  const suites = (await readTestDocuments(paths, io)).flatMap((document) =>
    collect(errors, () => [readSuite(document, options.filename ?? [])]),
  )
  if (errors.length > 0) throw usageError(errors)
  return suites.length === 0 ? noTests(`there is no test in ${paths.join(', ')}`) : filtered(suites, options)
}

function filtered(suites: readonly Suite[], { filter }: Options): Suite[] {
  if (filter === undefined) return [...suites]
  const wanted = filter.toLowerCase()
  const kept = suites
    .map((suite) => ({
      ...suite,
      tests: suite.tests.filter(({ name }) => name.toLowerCase().includes(wanted)),
    }))
    .filter(({ tests }) => tests.length > 0)
  return kept.length === 0 ? noTests(`--filter: no test has ${JSON.stringify(filter)} in its name`) : kept
}

/** A run that tests nothing must not look like one in which all is well. */
function noTests(message: string): never {
  throw usageError(message)
}

function readSuite(document: ReadDocument, everywhere: readonly string[]): Suite {
  if (document instanceof ManifestError) throw usageError(document.message)
  const checked = checkTestDocument(document.value)
  if (isIssues(checked))
    throw usageError(checked.map(({ path, message }) => formatAt(document, path, message)))
  const errors: string[] = []
  const tests = checked.tests.flatMap((fields, index) =>
    collect(errors, () => [readTest(fields, `tests[${index}]`, document)]),
  )
  const manifests = manifestsOf(checked, document, errors)
  if (errors.length > 0) throw usageError(errors)
  const all = [...everywhere.map((path) => (path === '-' ? path : normalize(path))), ...manifests]
  return { file: document.file, manifests: [...new Set(all)], objects: objectsOf(checked, document), tests }
}

function readTest(fields: TestFields, path: string, document: ManifestDocument): PolicyTest {
  const { name, expect, by } = fields
  const at = (field: string): string => `${formatPlace(document, `${path}.${field}`)}: ${path}.${field}`
  const connections = readConnections(fields, at)
  if (by !== undefined && !deciderForm.test(by))
    throw usageError(`${at('by')}: must be ${deciderForms}, but is ${JSON.stringify(by)}`)
  return { name, file: document.file, line: document.lineOf(path), connections, expect, by }
}

/** Relative to the file, so that tests can be run from anywhere. */
function manifestsOf({ manifests }: TestDocument, document: ManifestDocument, errors: string[]): string[] {
  return manifests.map((path, index) => {
    if (path === '-')
      errors.push(formatAt(document, `manifests[${index}]`, 'must be a file or a directory, not -'))
    return path.startsWith('/') ? normalize(path) : join(dirname(document.file), path)
  })
}

/** As documents of their own, each of which knows its lines. */
function objectsOf({ state }: TestDocument, document: ManifestDocument): ManifestDocument[] {
  return state.map((value, index) => ({
    file: document.file,
    index,
    value,
    lineOf: (path) => document.lineOf([`state[${index}]`, path].filter((part) => part !== '').join('.')),
  }))
}

function formatAt(document: ManifestDocument, path: string, message: string): string {
  return [formatPlace(document, path), path, message].filter((part) => part !== '').join(': ')
}

function formatPlace({ file, lineOf }: ManifestDocument, path: string): string {
  return `${file}:${lineOf(path)}`
}
