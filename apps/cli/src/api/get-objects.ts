/** `margay get`: lists and single objects, once or as they change. */
import { isNotFound } from '@margay/client'
import type { KindDefinition, ResourceObject } from '@margay/resources'
import { type ExitCode, exitCodes, messageOf, usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { formatData, isDataFormat } from '../output/data.ts'
import { headingsOf, type RowOptions, rowOf, toShownObject } from '../output/objects.ts'
import { styleFor } from '../output/style.ts'
import { renderTable } from '../output/table.ts'
import { type Connection, withConnection } from './connect.ts'
import type { GetOptions } from './get-options.ts'
import { qualifiedObjectName, resolveOneKind, resolveTargets, type Target } from './resolve-kinds.ts'
import { watchObjects } from './watch-objects.ts'

export async function getObjects(
  operands: readonly string[],
  options: GetOptions,
  io: Io,
): Promise<ExitCode> {
  const targets = resolveTargets(operands)
  checkOptions(targets, options)
  return withConnection(options, io, async (connection) => {
    const namespace = options.allNamespaces === true ? undefined : connection.namespace
    if (options.watch === true) {
      const target = { kind: resolveOneKind(onlyTarget(targets)), name: targets[0]?.names[0], namespace }
      await watchObjects(connection.client, target, options, io)
      return exitCodes.ok
    }
    const found = await Promise.all(
      targets.map((target) => fetchTarget(target, namespace, options, connection)),
    )
    return show(found, targets, namespace, options, io)
  })
}

function checkOptions(targets: readonly Target[], options: GetOptions): void {
  const hasNames = targets.some(({ names }) => names.length > 0)
  if (hasNames && options.allNamespaces === true)
    throw usageError('an object can not be got by name from all namespaces')
  if (hasNames && options.selector !== undefined) throw usageError('give names or a selector, not both')
  if (options.outputWatchEvents === true && options.watch !== true)
    throw usageError('--output-watch-events needs --watch')
  if (options.watch !== true) return
  if (onlyTarget(targets).names.length > 1)
    throw usageError('only one object, or all of one kind, can be watched')
}

function onlyTarget(targets: readonly Target[]): Target {
  const [target, ...others] = targets
  if (target === undefined || others.length > 0)
    throw usageError('only one object, or all of one kind, can be watched')
  return target
}

/** The objects of one kind. */
interface Group {
  readonly kind: KindDefinition
  readonly objects: readonly ResourceObject[]
}

interface Found {
  readonly groups: readonly Group[]
  /** What could not be had, while other things could. */
  readonly errors: readonly string[]
}

async function fetchTarget(
  { kinds, names }: Target,
  namespace: string | undefined,
  { selector }: GetOptions,
  { client }: Connection,
): Promise<Found> {
  const scope = { namespace, labelSelector: selector }
  if (names.length === 0)
    return gather(kinds.map(async (kind) => [kind, (await client.list(kind, scope)).items] as const))
  const perName = await Promise.all(
    names.map((name) =>
      gather(kinds.map(async (kind) => [kind, [await client.get(kind, { name, namespace })]] as const)),
    ),
  )
  return {
    groups: kinds.map((kind) => ({
      kind,
      objects: perName.flatMap(({ groups }) => objectsOf(groups, kind)),
    })),
    errors: perName.flatMap(({ errors }) => errors),
  }
}

function objectsOf(groups: readonly Group[], kind: KindDefinition): readonly ResourceObject[] {
  return groups.filter((group) => group.kind === kind).flatMap(({ objects }) => objects)
}

/** Where a word means several kinds, it is enough that the server has one of them. */
async function gather(
  requests: readonly Promise<readonly [KindDefinition, readonly ResourceObject[]]>[],
): Promise<Found> {
  const settled = await Promise.allSettled(requests)
  const failures = settled.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  const serious = failures.find((error) => !isNotFound(error))
  if (serious !== undefined) throw serious
  const groups = settled.flatMap((result) =>
    result.status === 'fulfilled' ? [{ kind: result.value[0], objects: result.value[1] }] : [],
  )
  return { groups, errors: groups.length > 0 || failures.length === 0 ? [] : [messageOf(failures[0])] }
}

async function show(
  found: readonly Found[],
  targets: readonly Target[],
  namespace: string | undefined,
  options: GetOptions,
  io: Io,
): Promise<ExitCode> {
  const groups = found.flatMap(({ groups }) => groups)
  const errors = found.flatMap(({ errors }) => errors)
  const isSingle = targets.length === 1 && targets[0]?.names.length === 1
  const isFound = groups.some(({ objects }) => objects.length > 0)
  if (isFound || errors.length === 0) await showGroups(groups, isSingle, namespace, options, io)
  for (const error of errors) io.stderr.write(`error: ${error}\n`)
  return errors.length === 0 ? exitCodes.ok : exitCodes.no
}

async function showGroups(
  groups: readonly Group[],
  isSingle: boolean,
  namespace: string | undefined,
  options: GetOptions,
  io: Io,
): Promise<void> {
  const { output } = options
  const objects = groups.flatMap((group) => group.objects)
  if (isDataFormat(output)) {
    const shown = objects.map(toShownObject)
    const [only] = shown
    io.stdout.write(await formatData(isSingle && shown.length === 1 ? only : listOf(shown), output))
  } else if (objects.length === 0) {
    const where =
      namespace === undefined || groups.every(({ kind }) => !kind.namespaced)
        ? ''
        : ` in namespace ${namespace}`
    io.stderr.write(`no objects found${where}\n`)
  } else if (output === 'name') {
    for (const { kind, objects } of groups) {
      for (const { metadata } of objects) io.stdout.write(`${qualifiedObjectName(kind, metadata.name)}\n`)
    }
  } else {
    io.stdout.write(formatTables(groups, options, io))
  }
}

function listOf(items: readonly ResourceObject[]): object {
  return { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items }
}

function formatTables(groups: readonly Group[], { allNamespaces, output }: GetOptions, io: Io): string {
  const filled = groups.filter(({ objects }) => objects.length > 0)
  const rowOptions: RowOptions = {
    isWide: output === 'wide',
    withNamespace: allNamespaces === true,
    withKind: filled.length > 1,
    now: io.clock.now(),
  }
  const { heading } = styleFor(io.stdout, io.env)
  return filled
    .map(({ kind, objects }) => {
      const headings = headingsOf(kind, rowOptions).map((text) => ({ text, paint: heading }))
      return renderTable(
        headings,
        objects.map((object) => rowOf(kind, object, rowOptions)),
      )
    })
    .join('\n')
}
