/** `margay dns cache`. */
import { type CacheEntry, savedEntries } from '@margay/agent'
import { formatIp } from '@margay/netset'
import {
  buildPolicyState,
  formatPolicyRef,
  type NamingRule,
  type PolicyState,
  rulesNaming,
} from '@margay/policy'
import { canonicalDomain } from '@margay/resources'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { ageOf } from '../output/age.ts'
import { formatData } from '../output/data.ts'
import { renderTable } from '../output/table.ts'
import type { SourceOptions } from '../query/source-options.ts'
import { warn } from '../warn.ts'

export interface CacheOptions extends SourceOptions {
  readonly node?: string
  readonly stateDirectory?: string
  readonly name?: string
  readonly all?: true
  readonly output: 'table' | 'json' | 'yaml'
}

interface KnownName {
  readonly name: string
  /** An address, or the name to which this one leads. */
  readonly address?: string
  readonly alias?: string
  /** RFC 3339. */
  readonly until: string
  readonly server: string
  readonly askedBy: string
  readonly question: string
  /** Undefined: policies are not known. */
  readonly policies?: readonly string[]
}

export async function showCache(options: CacheOptions, io: Io): Promise<ExitCode> {
  const now = io.clock.now()
  const { entries, problem, savedMs } = await savedEntries(directoryOf(options), now.getTime())
  if (problem !== undefined) warn(problem, io)
  if (savedMs === undefined && problem === undefined)
    warn(`no agent has kept names in ${directoryOf(options)}`, io)
  const state = await stateOf(options, io)
  const shown = entries.filter((entry) => isWanted(entry, options)).map((entry) => knownName(entry, state))
  io.stdout.write(
    options.output === 'table' ? tableOf(shown, now) : await formatData({ names: shown }, options.output),
  )
  return exitCodes.ok
}

function directoryOf({ node, stateDirectory }: CacheOptions): string {
  if (stateDirectory !== undefined) return stateDirectory
  if (node === undefined) throw usageError('give --node NAME, or --state-directory PATH')
  return `/var/lib/margay/agent/${node}`
}

/** Undefined: nobody said whose policies. */
async function stateOf(options: CacheOptions, io: Io): Promise<PolicyState | undefined> {
  if (options.filename === undefined && options.kubeconfig === undefined) return undefined
  const { loadWorld } = await import('../query/world.ts')
  const { resources } = await loadWorld(options, io)
  return buildPolicyState(resources).state
}

function isWanted({ name, matters }: CacheEntry, { all, name: wanted }: CacheOptions): boolean {
  if (wanted === undefined) return all === true || matters
  const suffix = canonicalDomain(wanted)
  return name === suffix || name.endsWith(`.${suffix}`)
}

function knownName(entry: CacheEntry, state: PolicyState | undefined): KnownName {
  const { name, untilMs, source } = entry
  const target = entry.kind === 'alias' ? { alias: entry.target } : { address: formatIp(entry.address) }
  const policies =
    state === undefined ? {} : { policies: rulesNaming(state, name).map((rule) => formatRule(rule)) }
  return {
    name,
    ...target,
    until: new Date(untilMs).toISOString(),
    server: formatIp(source.server),
    askedBy: formatIp(source.client),
    question: source.question.name,
    ...policies,
  }
}

function formatRule({ policy, rule, pattern, networkSet }: NamingRule): string {
  const by = networkSet === undefined ? pattern : `${pattern} of network set ${networkSet}`
  return `${formatPolicyRef(policy)} rule ${rule} (${by})`
}

function tableOf(names: readonly KnownName[], now: Date): string {
  const hasPolicies = names.some(({ policies }) => policies !== undefined)
  const headings = [
    'NAME',
    'IS',
    'FOR',
    'SERVER',
    'ASKED BY',
    'QUESTION',
    ...(hasPolicies ? ['POLICIES'] : []),
  ]
  const rows = names.map(({ name, address, alias, until, server, askedBy, question, policies = [] }) => [
    name,
    address ?? `-> ${alias}`,
    ageOf((Date.parse(until) - now.getTime()) / 1000),
    server,
    askedBy,
    question,
    ...(hasPolicies ? [policies.join(', ') || '-'] : []),
  ])
  return renderTable(headings, rows)
}
