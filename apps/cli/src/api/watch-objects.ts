/** `margay get --watch`: what is there, then every change, until the user stops it; a broken connection is mended. */
import { type ApiClient, Informer, type InformerChange, type ResourceList } from '@margay/client'
import type { KindDefinition, ResourceObject } from '@margay/resources'
import type { Io } from '../io.ts'
import { formatData } from '../output/data.ts'
import { headingsOf, type RowOptions, rowOf, toShownObject } from '../output/objects.ts'
import { measure, renderRow } from '../output/table.ts'
import { aborted } from '../stop-signal.ts'
import type { GetOptions } from './get-options.ts'
import { qualifiedObjectName } from './resolve-kinds.ts'

export interface WatchTarget {
  readonly kind: KindDefinition
  /** Undefined: all of them. */
  readonly name: string | undefined
  /** Undefined: all of them. */
  readonly namespace: string | undefined
}

/** @throws ApiError, ConnectionError if the first list fails; later troubles are told and dealt with. */
export async function watchObjects(
  client: ApiClient,
  target: WatchTarget,
  options: GetOptions,
  io: Io,
): Promise<void> {
  const { kind, name, namespace } = target
  const fieldSelector = name === undefined ? undefined : `metadata.name=${name}`
  const scope = { namespace, labelSelector: options.selector, fieldSelector }
  const first = await client.list(kind, scope)
  const print = printerFor(kind, options, io)
  const informer = new Informer(startingWith(first, client), kind, {
    ...scope,
    clock: io.clock,
    random: io.random,
    onChange: print,
    log: (message) => io.stderr.write(`warning: ${message}\n`),
  })
  informer.start()
  await aborted(io.interruption())
  await informer.stop()
}

/** The list that is here already need not be fetched again. */
function startingWith(first: ResourceList, client: ApiClient): Pick<ApiClient, 'list' | 'watch'> {
  let pending: ResourceList | undefined = first
  return {
    list: async (kind, options) => {
      const list = pending ?? (await client.list(kind, options))
      pending = undefined
      return list
    },
    watch: (kind, options) => client.watch(kind, options),
  }
}

function printerFor(kind: KindDefinition, options: GetOptions, io: Io): (change: InformerChange) => void {
  if (options.output === 'table' || options.output === 'wide') return tablePrinter(kind, options, io)
  const withEvent = options.outputWatchEvents === true
  let printed = Promise.resolve()
  return (change) => {
    if (change.type === 'synced') return
    // One after the other, although making YAML has to wait for its library once.
    printed = printed.then(async () =>
      io.stdout.write(await formatOne(kind, change, options.output, withEvent)),
    )
  }
}

async function formatOne(
  kind: KindDefinition,
  change: Exclude<InformerChange, { type: 'synced' }>,
  output: GetOptions['output'],
  withEvent: boolean,
): Promise<string> {
  const type = change.type.toUpperCase()
  if (output === 'name') {
    return `${withEvent ? `${type} ` : ''}${qualifiedObjectName(kind, change.object.metadata.name)}\n`
  }
  const object = toShownObject(change.object)
  const value = withEvent ? { type, object } : object
  return output === 'yaml' ? `---\n${await formatData(value, 'yaml')}` : `${JSON.stringify(value)}\n`
}

/** Columns are as wide as the first list needs them. */
function tablePrinter(kind: KindDefinition, options: GetOptions, io: Io): (change: InformerChange) => void {
  const withEvent = options.outputWatchEvents === true
  let waiting: string[][] | undefined = []
  let widths: number[] = []
  return (change) => {
    const rowOptions = rowOptionsOf(options, io)
    if (change.type !== 'synced') {
      const row = eventRow(kind, change.type, change.object, rowOptions, withEvent)
      if (waiting === undefined) io.stdout.write(renderRow(row, widths))
      else waiting.push(row)
      return
    }
    if (waiting === undefined) return
    const headings = [...(withEvent ? ['EVENT'] : []), ...headingsOf(kind, rowOptions)]
    const rows = [headings, ...waiting]
    waiting = undefined
    widths = measure(rows)
    for (const row of rows) io.stdout.write(renderRow(row, widths))
  }
}

function rowOptionsOf({ output, allNamespaces }: GetOptions, { clock }: Io): RowOptions {
  return {
    isWide: output === 'wide',
    withNamespace: allNamespaces === true,
    withKind: false,
    now: clock.now(),
  }
}

function eventRow(
  kind: KindDefinition,
  type: string,
  object: ResourceObject,
  options: RowOptions,
  withEvent: boolean,
): string[] {
  return [...(withEvent ? [type.toUpperCase()] : []), ...rowOf(kind, object, options)]
}
