/** `margay audit log`: who changed what, as a person reads it. */

import { findKindByAlias } from '@margay/resources'
import { type AuditEvent, type AuditFilter, annotation, readAuditEvents } from '@margay/server'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { formatData } from '../output/data.ts'
import { type Style, styleFor } from '../output/style.ts'
import { renderTable, visible } from '../output/table.ts'
import { diffLines } from './diff-lines.ts'
import { mergeLogs } from './merge-logs.ts'
import { parseTime } from './parse-time.ts'

export interface AuditLogOptions {
  readonly dir: readonly string[]
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
  readonly user?: string
  readonly verb?: string
  readonly since?: string
  readonly until?: string
  readonly output: 'diff' | 'table' | 'json' | 'yaml'
}

export async function showLog(options: AuditLogOptions, io: Io): Promise<ExitCode> {
  const { dir, output } = options
  checkDirectories(dir, io)
  const filter = filterOf(options, io.clock.now())
  const rows: string[][] = []
  for await (const event of mergeLogs(dir.map((each) => readAuditEvents(each, filter)))) {
    if (output === 'table') rows.push(rowOf(event))
    else io.stdout.write(await format(event, output, styleFor(io.stdout, io.env)))
  }
  if (output === 'table') io.stdout.write(renderTable(['TIME', 'USER', 'VERB', 'OBJECT', 'CODE'], rows))
  return exitCodes.ok
}

export function checkDirectories(directories: readonly string[], { files }: Pick<Io, 'files'>): void {
  for (const each of directories) {
    if (!files.isDirectory(each)) throw usageError(`--dir ${each}: is not a directory`)
  }
}

function filterOf(options: AuditLogOptions, now: Date): AuditFilter {
  const { kind, name, namespace, user, verb, since, until } = options
  return {
    ...(kind === undefined ? {} : { resources: resourcesOf(kind) }),
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(user === undefined ? {} : { user }),
    ...(verb === undefined ? {} : { verb }),
    ...(since === undefined ? {} : { since: parseTime('--since', since, now) }),
    ...(until === undefined ? {} : { until: parseTime('--until', until, now) }),
  }
}

/** A kind that is not known any more can still be in the log. */
function resourcesOf(alias: string): NonNullable<AuditFilter['resources']> {
  const kinds = findKindByAlias(alias)
  return kinds.length === 0 ? [{ plural: alias, group: undefined }] : kinds
}

async function format(event: AuditEvent, output: 'diff' | 'json' | 'yaml', style: Style): Promise<string> {
  if (output === 'json') return `${JSON.stringify(event)}\n`
  if (output === 'yaml') return `---\n${await formatData(event, 'yaml')}`
  return `${style.heading(visible(headingOf(event)))}\n${await changeOf(event, style)}\n`
}

/** `2026-01-02 03:04:05 ann update NetworkPolicy…: 200`. */
function headingOf(event: AuditEvent): string {
  const [time, user, verb, object, code] = rowOf(event)
  const from = event.sourceIPs.length === 0 ? '' : ` from ${event.sourceIPs.join(', ')}`
  const refusal = event.responseStatus.message === undefined ? '' : `: ${event.responseStatus.message}`
  return `${time} ${user}${from} ${verb} ${object}: ${code}${refusal}`
}

function rowOf(event: AuditEvent): string[] {
  const { requestReceivedTimestamp, user, impersonatedUser, verb, objectRef, requestURI, responseStatus } =
    event
  const who =
    impersonatedUser === undefined ? user.username : `${impersonatedUser.username} (by ${user.username})`
  const time = requestReceivedTimestamp.replace('T', ' ').replace(/\..*/, '')
  return [
    time,
    who,
    isDryRun(event) ? `${verb} (dry run)` : verb,
    objectRef === undefined ? requestURI : nameOf(objectRef),
    String(responseStatus.code),
  ]
}

/** A deletion may ask for it in its body. */
function isDryRun({ requestURI, requestObject }: AuditEvent): boolean {
  const inBody = typeof requestObject === 'object' && requestObject !== null && 'dryRun' in requestObject
  return inBody || new URLSearchParams(requestURI.split('?')[1]).has('dryRun')
}

/** `networkpolicies.projectcalico.org shop/web`. */
function nameOf({
  resource,
  subresource,
  apiGroup,
  namespace,
  name = '',
}: NonNullable<AuditEvent['objectRef']>): string {
  const kind = [subresource === undefined ? resource : `${resource}/${subresource}`, apiGroup]
    .filter((part) => part !== undefined)
    .join('.')
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`.trim()
}

async function changeOf(event: AuditEvent, { good, bad }: Style): Promise<string> {
  const before = event.annotations[annotation.before]
  const texts = await Promise.all(
    [before === undefined ? undefined : JSON.parse(before), event.responseObject].map(toText),
  )
  const lines = diffLines(texts[0] ?? [], texts[1] ?? [])
  return lines
    .map(({ sign, text }) => {
      const line = `  ${sign} ${visible(text)}\n`
      return sign === '+' ? good(line) : sign === '-' ? bad(line) : line
    })
    .join('')
}

/** As YAML, without what the server notes for its own use; in one order, so that no field seems to have moved. */
async function toText(object: unknown): Promise<string[]> {
  if (typeof object !== 'object' || object === null) return []
  const { metadata, ...rest } = object as { metadata?: Record<string, unknown> }
  const { managedFields: _, ...shown } = metadata ?? {}
  return (await formatData(sorted({ ...rest, metadata: shown }), 'yaml')).trimEnd().split('\n')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  )
}
