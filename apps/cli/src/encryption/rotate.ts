/** `margay encryption rotate`: asks agents for new keys, by an annotation of their nodes, and waits until they published them. */
import { type ApiClient, isNotFound } from '@margay/client'
import { type ResourceObject, wireguardKeysOf, wireguardRotateAnnotation } from '@margay/resources'
import { withConnection } from '../api/connect.ts'
import { type ExitCode, exitCodes, messageOf, usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { parseDuration } from '../parse-duration.ts'
import { nodeKind } from './kinds.ts'

export interface RotateOptions {
  readonly kubeconfig?: string
  readonly context?: string
  readonly all?: true
  readonly wait?: true
  readonly timeout: string
}

const atOnce = 20
const lookEveryMs = 500

export async function rotateKeys(
  names: readonly string[],
  options: RotateOptions,
  io: Io,
): Promise<ExitCode> {
  if (names.length > 0 === (options.all === true)) throw usageError('say which: names of nodes, or --all')
  const timeoutMs = parseDuration('--timeout', options.timeout)
  return withConnection(options, io, async ({ client }) => {
    const before = await findNodes(client, names, io)
    const asked = await askAll(client, before.found, io)
    const isWhole = before.isWhole && asked.isWhole
    const isDone = options.wait !== true || (await waitForKeys(client, asked.found, timeoutMs, io))
    return isWhole && isDone ? exitCodes.ok : exitCodes.no
  })
}

interface Found {
  readonly found: readonly ResourceObject[]
  /** False: something was not as it must be, and that was told. */
  readonly isWhole: boolean
}

/** Those that have a key. With --all the others are passed over. */
async function findNodes(client: ApiClient, names: readonly string[], io: Io): Promise<Found> {
  const { items } = await client.list(nodeKind)
  const byName = new Map(items.map((node) => [node.metadata.name, node]))
  const wanted = names.length > 0 ? [...new Set(names)] : [...byName.keys()].sort()
  const [isNamed, found] = [names.length > 0, [] as ResourceObject[]]
  let without = 0
  for (const name of wanted) {
    const node = byName.get(name)
    if (node !== undefined && hasKey(node)) found.push(node)
    else if (!isNamed) without++
    else
      io.stderr.write(
        `error: ${node === undefined ? `there is no node ${name}` : `node ${name} publishes no key`}\n`,
      )
  }
  if (without > 0)
    io.stdout.write(`${without} of ${wanted.length} nodes publish no key: nothing is asked of them\n`)
  return { found, isWhole: !isNamed || found.length === wanted.length }
}

function hasKey(node: ResourceObject): boolean {
  const { ipv4, ipv6 } = wireguardKeysOf(node)
  return ipv4 !== undefined || ipv6 !== undefined
}

/** Some at a time; those of `nodes` that were asked. */
async function askAll(client: ApiClient, nodes: readonly ResourceObject[], io: Io): Promise<Found> {
  const found: ResourceObject[] = []
  for (let start = 0; start < nodes.length; start += atOnce) {
    const some = nodes.slice(start, start + atOnce)
    const answers = await Promise.all(some.map((node) => ask(client, node, io)))
    found.push(...some.filter((_, index) => answers[index]))
  }
  return { found, isWhole: found.length === nodes.length }
}

async function ask(client: ApiClient, { metadata: { name } }: ResourceObject, io: Io): Promise<boolean> {
  const annotations = { [wireguardRotateAnnotation]: io.clock.now().toISOString() }
  try {
    await client.patch(nodeKind, { name }, { metadata: { annotations } })
  } catch (error) {
    io.stderr.write(
      `error: ${isNotFound(error) ? `there is no node ${name}` : `node ${name}: ${messageOf(error)}`}\n`,
    )
    return false
  }
  io.stdout.write(`node/${name} is asked for a new key\n`)
  return true
}

/** False: not all did in time, and that was told. */
async function waitForKeys(
  client: ApiClient,
  before: readonly ResourceObject[],
  timeoutMs: number,
  io: Io,
): Promise<boolean> {
  const deadline = io.clock.now().getTime() + timeoutMs
  let missing = before
  for (;;) {
    const now = new Map((await client.list(nodeKind)).items.map((node) => [node.metadata.name, node]))
    const [old, anew] = [
      missing.filter((node) => !hasAnotherKey(node, now)),
      missing.filter((node) => hasAnotherKey(node, now)),
    ]
    for (const { metadata } of anew) io.stdout.write(`node/${metadata.name} has a new key\n`)
    missing = old
    if (missing.length === 0) return true
    if (io.clock.now().getTime() >= deadline) return tellMissing(missing, timeoutMs, io)
    await later(lookEveryMs, io)
  }
}

/** Of each IP version that it had one of. A node that is gone has no old one. */
function hasAnotherKey(node: ResourceObject, nodes: ReadonlyMap<string, ResourceObject>): boolean {
  const now = nodes.get(node.metadata.name)
  if (now === undefined) return true
  const [old, anew] = [wireguardKeysOf(node), wireguardKeysOf(now)]
  return (['ipv4', 'ipv6'] as const).every(
    (version) => old[version] === undefined || (anew[version] ?? old[version]) !== old[version],
  )
}

function tellMissing(nodes: readonly ResourceObject[], timeoutMs: number, io: Io): false {
  for (const { metadata } of nodes)
    io.stderr.write(
      `error: node ${metadata.name} has no new key after ${timeoutMs / 1000} s; does its agent run, and its clock agree with this one?\n`,
    )
  return false
}

function later(ms: number, { clock }: Io): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}
