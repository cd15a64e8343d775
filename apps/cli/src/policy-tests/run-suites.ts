/** Judges every connection of every test, and keeps what decided. */
import { buildPolicyState, type Decision, evaluate, formatPolicyRef } from '@margay/policy'
import { messageOf, usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { readDocuments } from '../manifests/read-documents.ts'
import { loadResources, withImpliedNamespaces } from '../query/load-resources.ts'
import type { Surroundings } from '../query/places.ts'
import type { Query } from '../query/read-queries.ts'
import { type Case, resolveQuery } from '../query/resolve-query.ts'
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
    const surroundings = await surroundingsOf(suite, warned, io)
    const its = suite.tests.flatMap((test) => collect(errors, () => [runTest(test, surroundings, options)]))
    coverage?.add(surroundings.state, its)
    results.push(...its)
  }
  if (errors.length > 0) throw usageError(errors)
  return { results, coverage: coverage?.report() }
}

/** Several documents often share their manifests: what is odd in them is said once. */
async function surroundingsOf(suite: Suite, warned: Set<string>, io: Io): Promise<Surroundings> {
  const once: Io = { ...io, stderr: { ...io.stderr, write: (text) => writeOnce(text, warned, io) } }
  const documents = [...(await readDocuments(suite.manifests, io)), ...suite.objects]
  const resources = withImpliedNamespaces(loadResources(documents, once))
  const { state, problems } = buildPolicyState(resources)
  for (const { policy, message } of problems)
    warn(`${formatPolicyRef(policy)}: ${message}; what it can't decide is denied`, once)
  return { resources, state }
}

function writeOnce(text: string, written: Set<string>, { stderr }: Io): void {
  if (!written.has(text)) stderr.write(text)
  written.add(text)
}

function runTest(test: PolicyTest, surroundings: Surroundings, { staged = false }: Options): TestResult {
  const place = `${test.file}:${test.line}: ${test.name}: `
  const connections = test.connections.map((query): Judged => {
    const judged = casesOf(query, surroundings, place).map(({ flow }): Judged => {
      const decision = evaluate(surroundings.state, flow, { staged })
      return { query, decision, holds: decision.verdict === test.expect && isDecidedBy(decision, test.by) }
    })
    return judged.find(({ holds }) => !holds) ?? (judged[0] as Judged)
  })
  return { test, connections, holds: connections.every(({ holds }) => holds) }
}

/** All that a connection may mean, such as each prefix of a network set; at least one. */
function casesOf(query: Query, surroundings: Surroundings, place: string): Case[] {
  let cases: Case[]
  try {
    cases = resolveQuery({ ...query, id: '' }, surroundings)
  } catch (error) {
    throw usageError(`${place}${messageOf(error)}`, error)
  }
  if (cases.some(({ from, to }) => from !== undefined || to !== undefined))
    throw usageError(`${place}what host endpoints decide can't be tested; margay query answers it`)
  return cases
}
