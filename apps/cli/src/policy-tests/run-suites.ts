/** Judges every connection of every test, and keeps what decided. */
import { buildPolicyState, type Decision, formatPolicyRef, type PolicyState } from '@margay/policy'
import { usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { readDocuments } from '../manifests/read-documents.ts'
import { answerQuery } from '../query/answer-queries.ts'
import { loadResources, withImpliedNamespaces } from '../query/load-resources.ts'
import type { Query } from '../query/read-queries.ts'
import { warn } from '../warn.ts'
import { collect } from './collect-errors.ts'
import { Coverage, type CoverageReport } from './coverage.ts'
import { isDecidedBy } from './deciders.ts'
import type { PolicyTest, Suite } from './suite.ts'

export interface Report {
  /** In the order of files, documents and tests. */
  readonly results: readonly TestResult[]
  /** Undefined unless it was asked for. */
  readonly coverage: CoverageReport | undefined
}

export interface TestResult {
  readonly test: PolicyTest
  readonly connections: readonly Judged[]
  /** Whether all connections ended as expected, and by what was expected to decide. */
  readonly holds: boolean
}

export interface Judged {
  readonly query: Query
  readonly decision: Decision
  readonly holds: boolean
}

interface Options {
  readonly coverage?: boolean
  readonly staged?: boolean
}

/** @throws CliError with every manifest that is wrong and every peer that does not exist; FileError, ManifestError */
export async function runSuites(suites: readonly Suite[], options: Options, io: Io): Promise<Report> {
  const coverage = options.coverage === true ? new Coverage(options.staged === true) : undefined
  const warned = new Set<string>()
  const results: TestResult[] = []
  const errors: string[] = []
  for (const suite of suites) {
    const state = await buildState(suite, warned, io)
    const its = suite.tests.flatMap((test) => collect(errors, () => [runTest(test, state, options)]))
    coverage?.add(state, its)
    results.push(...its)
  }
  if (errors.length > 0) throw usageError(errors)
  return { results, coverage: coverage?.report() }
}

/** Several documents often share their manifests: what is odd in them is said once. */
async function buildState(suite: Suite, warned: Set<string>, io: Io): Promise<PolicyState> {
  const once: Io = { ...io, stderr: { ...io.stderr, write: (text) => writeOnce(text, warned, io) } }
  const documents = [...(await readDocuments(suite.manifests, io)), ...suite.objects]
  const { state, problems } = buildPolicyState(withImpliedNamespaces(loadResources(documents, once)))
  for (const { policy, message } of problems)
    warn(`${formatPolicyRef(policy)}: ${message}; what it can't decide is denied`, once)
  return state
}

function writeOnce(text: string, written: Set<string>, { stderr }: Io): void {
  if (!written.has(text)) stderr.write(text)
  written.add(text)
}

function runTest(test: PolicyTest, state: PolicyState, { staged = false }: Options): TestResult {
  const place = `${test.file}:${test.line}: ${test.name}: `
  const connections = test.connections.map((query): Judged => {
    const decision = answerQuery(query, state, { place, view: { staged } })
    return { query, decision, holds: decision.verdict === test.expect && isDecidedBy(decision, test.by) }
  })
  return { test, connections, holds: connections.every(({ holds }) => holds) }
}
