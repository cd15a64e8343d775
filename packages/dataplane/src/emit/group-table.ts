/**
 * A group's decision ▶ its verdict maps, and the chain that looks verdicts up in them.
 *
 * The chain asks, in this order, and the first answer counts: the fine class of the peer, its wide class, then any class; and for
 * each, the packet's cell, then its protocol, then whatever it is. Questions that nothing could answer are left out: for most groups
 * an allowed packet costs two look-ups.
 */
import type {
  ChainContent,
  Expression,
  NftElement,
  NftRule,
  NftSet,
  SetContent,
} from '@margay/netlink/nftables'
import { BoxCells } from '../decide/cells.ts'
import type { Column } from '../decide/column.ts'
import type { GroupDecision } from '../decide/decide-group.ts'
import type { Group } from '../decide/group.ts'
import type { Outcome } from '../decide/outcome.ts'
import { hash64 } from '../nft/hash.ts'
import { type ClassNumbers, type ClassSource, classSources, type Edition, sourceOf } from './address-maps.ts'
import * as bytes from './bytes.ts'
import { CellKeys } from './cell-keys.ts'
import { goTo, goToVerdict, rule, throughMark, verdictFrom } from './expressions.ts'
import { loadClass, peerSide } from './load-class.ts'

export interface GroupTable {
  /** The same object again for the same edition of the address maps as before. */
  readonly chainFor: (edition: Edition) => ChainContent
  readonly sets: readonly SetContent[]
  /** The chains to which it leads. */
  readonly terminals: ReadonlySet<string>
}

export interface GroupContext {
  readonly name: string
  readonly numbers: ClassNumbers
  /** The chain that does what an outcome says, and counts it. */
  readonly terminal: (outcome: Outcome) => string
}

export function groupTable(group: Group, decision: GroupDecision, context: GroupContext): GroupTable {
  return new GroupEmitter(group, decision, context).emit()
}

/** Holds on to nothing of the decision. */
type RuleMaker = (edition: Edition) => NftRule

function chainMaker(name: string, rules: readonly RuleMaker[]): GroupTable['chainFor'] {
  let known: { readonly edition: Edition; readonly content: ChainContent } | undefined
  return (edition) => {
    if (known?.edition === edition) return known.content
    const content = { chain: { name }, rules: rules.map((make) => make(edition)) }
    known = { edition, content }
    return content
  }
}

type Source = ClassSource | 'Any'
type Level = 'Cell' | 'Protocol' | 'Others'

const sources: readonly Source[] = [...classSources, 'Any']
const levels: readonly Level[] = ['Cell', 'Protocol', 'Others']

class GroupEmitter {
  readonly #group: Group
  readonly #decision: GroupDecision
  readonly #context: GroupContext
  readonly #cells: CellKeys
  readonly #elements = new Map<string, NftElement[]>()
  readonly #asked = new Set<string>()
  readonly #terminals = new Set<string>()
  /** Of the maps, by their content. */
  #version = ''

  constructor(group: Group, decision: GroupDecision, context: GroupContext) {
    this.#group = group
    this.#decision = decision
    this.#context = context
    const boxes = decision.space instanceof BoxCells ? decision.space : undefined
    this.#cells = new CellKeys(context.name, boxes)
  }

  /**
   * The maps are named for what they hold, and are never changed: a group that decides otherwise gets other maps, and its chain leads to
   * them from one moment to the next. So a packet never finds one answer from before and another from after.
   */
  emit(): GroupTable {
    const { columns, elsewhere } = this.#decision
    for (const [it, column] of columns) {
      const number = bytes.hostInt(this.#context.numbers.of(this.#group.version, it))
      this.#add(sourceOf(it), 'Others', number, column.others)
      this.#addParts(sourceOf(it), number, column)
    }
    this.#addParts('Any', undefined, elsewhere)
    const end = rule(goTo(this.#terminal(elsewhere.others)))
    this.#version = hash64(this.#text()).toString(36)
    return {
      chainFor: chainMaker(this.#context.name, [...this.#lookUps(), () => end]),
      sets: [...this.#cells.sets(this.#version), ...this.#verdictMaps()],
      terminals: this.#terminals,
    }
  }

  #terminal(outcome: Outcome): string {
    const name = this.#context.terminal(outcome)
    this.#terminals.add(name)
    return name
  }

  #addParts(source: Source, number: Uint8Array | undefined, { others, protocols }: Column): void {
    for (const [protocol, { rest, cells }] of protocols) {
      const key = (part: Uint8Array) => (number === undefined ? part : bytes.concat(number, part))
      if (rest.key !== others.key) this.#add(source, 'Protocol', key(bytes.octet(protocol)), rest)
      for (const [cell, outcome] of cells)
        this.#add(source, 'Cell', key(this.#cells.key(protocol, cell)), outcome)
    }
  }

  #add(source: Source, level: Level, key: Uint8Array, outcome: Outcome): void {
    this.#asked.add(`${source} ${level}`)
    const element = { key, data: goToVerdict(this.#terminal(outcome)) }
    const map = this.#mapName(source, level)
    const there = this.#elements.get(map)
    if (there === undefined) this.#elements.set(map, [element])
    else there.push(element)
  }

  /** Equal whenever all maps hold the same. */
  #text(): string {
    const lines = [...this.#elements].flatMap(([map, elements]) =>
      elements.map(({ key, data }) => `${map} ${key?.join(',')} ${JSON.stringify(data)}`),
    )
    return [...lines.sort(), this.#cells.text()].join('\n')
  }

  /** All classes share a map for each level; what is said of any class has one of its own, without the class. */
  #mapName(source: Source, level: Level): string {
    const what = { Cell: this.#cells.plural, Protocol: 'protocols', Others: 'others' }[level]
    return `${source === 'Any' ? 'any-' : ''}${what}`
  }

  #fullName(source: Source, level: Level): string {
    return `${this.#context.name}-${this.#version}-${this.#mapName(source, level)}`
  }

  #verdictMaps(): SetContent[] {
    return (['Fine Hosts', 'Any'] as const).flatMap((source) =>
      levels.flatMap((level): SetContent[] => {
        const elements = this.#elements.get(this.#mapName(source, level))
        return elements === undefined ? [] : [{ set: this.#verdictMap(source, level), elements }]
      }),
    )
  }

  #verdictMap(source: Source, level: Level): NftSet {
    const own = source === 'Any' ? [] : (['mark'] as const)
    const rest = { Cell: this.#cells.types, Protocol: ['inet_proto'] as const, Others: [] }[level]
    return { name: this.#fullName(source, level), key: [...own, ...rest], data: 'verdict' }
  }

  #lookUps(): RuleMaker[] {
    return sources.flatMap((source) =>
      levels
        .filter((level) => this.#asked.has(`${source} ${level}`))
        .map((level) => this.#lookUp(source, level)),
    )
  }

  #lookUp(source: Source, level: Level): RuleMaker {
    const verdict = verdictFrom(this.#fullName(source, level), 0)
    const first = source === 'Any' ? 0 : 1
    const cell = this.#load(level, first)
    const found = level === 'Cell' ? this.#cells.found(first) : []
    if (source === 'Any') {
      const any = rule(cell, found.length === 0 ? [] : throughMark(...found), verdict)
      return () => any
    }
    const { version, stage } = this.#group
    const side = peerSide(stage.direction)
    return (edition) =>
      rule(loadClass({ source, version, edition }, side, cell), throughMark(0, ...found), verdict)
  }

  /** What of the packet is in the key, to register `first` and on. */
  #load(level: Level, first: 0 | 1): Expression[] {
    switch (level) {
      case 'Others':
        return []
      case 'Protocol':
        return [{ type: 'meta', key: 'l4proto', to: first }]
      case 'Cell':
        return this.#cells.load(first, this.#version)
    }
  }
}
