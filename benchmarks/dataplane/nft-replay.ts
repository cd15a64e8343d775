/**
 * A change that somebody else made, done again by spawning nft(8): from the rulesets before and after it, as nft lists them.
 * Whatever the ruleset is made of: only what differs is in the commands.
 */
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Lab, LabNode } from '@margay/lab'

type Json = Readonly<Record<string, unknown>>
/** libnftables-json(5): `{ set: { family, table, name, elem, … } }` and the like. */
export type NftObject = Readonly<Record<string, Json>>

const timeoutMs = 120_000

export async function listRuleset(lab: Lab, node: LabNode): Promise<NftObject[]> {
  const { stdout } = await lab.runInNode(node, 'nft', ['-s', '-j', 'list', 'ruleset'], '', {
    timeoutMs,
  })
  const { nftables } = JSON.parse(stdout) as { nftables: NftObject[] }
  return nftables.map(withoutHandles)
}

/** Long enough for an agent that removes later what is not wanted any more. */
const quietMs = 1500

/** As it is when it has not changed for a while. */
export async function settledRuleset(lab: Lab, node: LabNode): Promise<NftObject[]> {
  for (let before = await listRuleset(lab, node); ; ) {
    await sleep(quietMs)
    const after = await listRuleset(lab, node)
    if (commandsFor(before, after).length === 0) return after
    before = after
  }
}

function withoutHandles(object: NftObject): NftObject {
  return Object.fromEntries(
    Object.entries(object).map(([type, { handle: _, ...rest }]) => [
      type,
      type === 'rule' ? withoutCounts(rest) : rest,
    ]),
  )
}

/** What has been counted is no part of a rule. */
function withoutCounts({ expr, ...rule }: Json): Json {
  const isCounter = (it: Json) =>
    Object.keys(it).length === 1 && 'counter' in it && typeof it.counter === 'object'
  return { ...rule, expr: (expr as Json[]).map((it) => (isCounter(it) ? { counter: null } : it)) }
}

/** Milliseconds from spawning nft to its end, with commands in a file: in JSON it can't read them from Node's pipes. */
export async function applyByNft(lab: Lab, node: LabNode, path: string): Promise<number> {
  const start = performance.now()
  await lab.runInNode(node, 'nft', ['-j', '-f', path], '', { timeoutMs })
  return performance.now() - start
}

/** nft lists an address that a rule loads from a packet of a known family as bytes of the header, and takes it only by its name. */
export function withNamedAddresses(commands: readonly Json[]): Json[] {
  return JSON.parse(JSON.stringify(commands), (_, value) => {
    const { base, offset, len } = value?.payload ?? {}
    const address = base === 'nh' ? addressAt[`${offset},${len}`] : undefined
    return address === undefined ? value : { ...value, payload: address }
  })
}

/** By where they are in the header, in bits. Source: RFC 791 and 8200. */
const addressAt: Readonly<Record<string, Json>> = {
  '96,32': { protocol: 'ip', field: 'saddr' },
  '128,32': { protocol: 'ip', field: 'daddr' },
  '64,128': { protocol: 'ip6', field: 'saddr' },
  '192,128': { protocol: 'ip6', field: 'daddr' },
}

/** What else nft lists and does not take is replayed as rules that only count: the same number of commands, and less work. */
export function withPlainRules(commands: readonly Json[]): Json[] {
  return commands.map((command) => {
    const { rule } = (command.add ?? {}) as { rule?: Json }
    return rule === undefined ? command : { add: { rule: { ...rule, expr: [{ counter: null }] } } }
  })
}

/** Whether nft would take them. */
export async function isTakenByNft(lab: Lab, node: LabNode, path: string): Promise<boolean> {
  const { exitCode } = await lab.runInNode(node, 'nft', ['-c', '-j', '-f', path], '', {
    timeoutMs,
    allowFailure: true,
  })
  return exitCode === 0
}

/** Leaves out what is about rules. */
export function besidesRules(commands: readonly Json[]): Json[] {
  return commands.filter(({ add, flush }) => flush === undefined && !('rule' in ((add ?? {}) as Json)))
}

export function writeCommands(path: string, nftables: readonly Json[]): string {
  writeFileSync(path, JSON.stringify({ nftables }))
  return path
}

/** In an order in which nothing is used before it is there, or deleted while it is used. */
export function commandsFor(before: readonly NftObject[], after: readonly NftObject[]): Json[] {
  const [from, to] = [inventory(before), inventory(after)]
  const added = [...to.objects].filter(([key]) => !from.objects.has(key)).map(([, object]) => object)
  const removed = [...from.objects].filter(([key]) => !to.objects.has(key)).map(([, object]) => object)
  const kept = [...to.objects.keys()].filter((key) => from.objects.has(key))
  const rewritten = [...to.rules].filter(
    ([key, rules]) => !isDeepStrictEqual(from.rules.get(key) ?? [], rules),
  )
  const emptied = [...from.rules.keys()].filter((key) => !to.rules.has(key))
  const changes = kept.map((key) => elementChanges(from.objects.get(key), to.objects.get(key)))
  return [
    ...added.map((object) => ({ add: withoutElements(object) })),
    ...[...rewritten.map(([key]) => key), ...emptied]
      .filter((key) => from.rules.has(key))
      .map((key) => ({ flush: chainOf(key) })),
    ...rewritten.flatMap(([, rules]) => rules.map((rule) => ({ add: { rule } }))),
    ...added.flatMap((object) => elementCommands('add', object, elementsOf(object))),
    ...changes.flatMap(({ removing }) => removing),
    ...changes.flatMap(({ adding }) => adding),
    // Their elements may lead to chains that go.
    ...removed.filter((object) => elementsOf(object).length > 0).map((object) => ({ flush: named(object) })),
    ...removed.filter((object) => 'chain' in object).map((object) => ({ delete: object })),
    ...removed
      .filter((object) => !('chain' in object))
      .map((object) => ({ delete: withoutElements(object) })),
  ]
}

interface Inventory {
  /** Tables, chains, sets and maps by type and name. */
  readonly objects: ReadonlyMap<string, NftObject>
  /** Rules in order, by `family table chain`. */
  readonly rules: ReadonlyMap<string, Json[]>
}

function inventory(listed: readonly NftObject[]): Inventory {
  const rules = new Map<string, Json[]>()
  const objects = new Map<string, NftObject>()
  for (const object of listed) {
    const [[type, body] = ['', {}]] = Object.entries(object)
    if (type === 'metainfo') continue
    if (type !== 'rule') objects.set(`${type} ${body.family} ${body.table ?? ''} ${body.name}`, object)
    else {
      const key = `${body.family} ${body.table} ${body.chain}`
      rules.set(key, [...(rules.get(key) ?? []), body])
    }
  }
  return { objects, rules }
}

function chainOf(key: string): Json {
  const [family, table, name] = key.split(' ')
  return { chain: { family, table, name } }
}

function named(object: NftObject): NftObject {
  return Object.fromEntries(
    Object.entries(object).map(([type, { family, table, name }]) => [type, { family, table, name }]),
  )
}

function elementsOf(object: NftObject | undefined): Json[] {
  const [body] = Object.values(object ?? {})
  return (body?.elem as Json[] | undefined) ?? []
}

function withoutElements(object: NftObject): NftObject {
  return Object.fromEntries(Object.entries(object).map(([type, { elem: _, ...body }]) => [type, body]))
}

function elementCommands(
  verb: 'add' | 'delete',
  object: NftObject | undefined,
  elem: readonly Json[],
): Json[] {
  const [body] = Object.values(object ?? {})
  if (elem.length === 0 || body === undefined) return []
  const { family, table, name } = body
  return [{ [verb]: { element: { family, table, name, elem } } }]
}

function elementChanges(before: NftObject | undefined, after: NftObject | undefined) {
  const [old, now] = [byText(elementsOf(before)), byText(elementsOf(after))]
  const only = (these: Map<string, Json>, others: Map<string, Json>) =>
    [...these].filter(([text]) => !others.has(text)).map(([, element]) => element)
  return {
    removing: elementCommands('delete', before, only(old, now)),
    adding: elementCommands('add', after, only(now, old)),
  }
}

function byText(elements: readonly Json[]): Map<string, Json> {
  return new Map(elements.map((element) => [JSON.stringify(element), element]))
}
