/** From the command line to exit code: chooses suites, runs them one after the other, and writes what they report. */
import type { Bench, Group, Result, Suite } from './bench.ts'
import { formatJson, formatTable } from './format.ts'
import { helpText, type Options, parseOptions, suitesOf, UsageError } from './options.ts'

export interface World {
  readonly isRoot: boolean
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Called when the run is to be broken off; what it is given undoes what the running suite has made. */
  readonly onInterrupt: (cleanUp: () => Promise<void>) => void
  readonly save: (results: readonly Result[]) => void
}

export const exitCodes = { ok: 0, failed: 1, usage: 2, needsRoot: 3 } as const

export async function run(args: readonly string[], groups: readonly Group[], world: World): Promise<number> {
  try {
    const options = parseOptions(args, groups)
    if (options.isHelp) world.stdout(helpText(groups))
    else if (options.isList) world.stdout(listOf(suitesOf(options)))
    else return await measure(options, world)
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    world.stderr(`error: ${error.message}\n`)
    return exitCodes.usage
  }
}

function listOf(suites: readonly Suite[]): string {
  return suites.flatMap(({ benches }) => benches.map(({ id }) => `${id}\n`)).join('')
}

async function measure(options: Options, world: World): Promise<number> {
  const suites = suitesOf(options)
  const possible = suites.filter(({ needsRoot }) => world.isRoot || !needsRoot)
  const outcome = await runAll(possible, options, world)
  if (!options.isJson && outcome.results.length > 0) world.stdout(formatTable(outcome.results))
  if (possible.length < suites.length) {
    const left = suites.filter((suite) => !possible.includes(suite)).flatMap(({ benches }) => benches)
    world.stderr(`error: needs root, so it was left out: ${namesOf(left).join(', ')}\n`)
    return exitCodes.needsRoot
  }
  if (outcome.hasFailed) return exitCodes.failed
  if (options.isSave) world.save(outcome.results)
  return exitCodes.ok
}

function namesOf(benches: readonly Bench[]): string[] {
  return [...new Set(benches.map(({ name }) => name))]
}

interface Outcome {
  readonly results: readonly Result[]
  readonly hasFailed: boolean
}

async function runAll(suites: readonly Suite[], options: Options, world: World): Promise<Outcome> {
  const results: Result[] = []
  let hasFailed = false
  const report = (result: Result) => {
    results.push(result)
    if (options.isJson) world.stdout(`${formatJson(result)}\n`)
  }
  for (const suite of suites) {
    world.stderr(`measuring ${suite.benches.map(({ id }) => id).join(', ')}\n`)
    try {
      await runSuite(suite, options.isQuick, world, report)
    } catch (error) {
      hasFailed = true
      world.stderr(
        `error: ${suite.benches[0]?.id}: ${error instanceof Error ? error.message : String(error)}\n`,
      )
    }
  }
  return { results, hasFailed }
}

async function runSuite(
  suite: Suite,
  isQuick: boolean,
  world: World,
  report: (result: Result) => void,
): Promise<void> {
  await using undo = new AsyncDisposableStack()
  world.onInterrupt(() => undo.disposeAsync())
  const defer = (cleanUp: () => void | Promise<void>) => undo.defer(cleanUp)
  for await (const result of suite.run({ isQuick, defer })) report(result)
}
