/** A table as text much like `nft list table`, with one line for each element, in the order of their texts. */
import type {
  Chain,
  ChainContent,
  Flowtable,
  NamedObject,
  NftElement,
  NftSet,
  SetContent,
  Table,
  TableContent,
} from '../model.ts'
import { formatRule, type RuleContext } from './format-rule.ts'
import { formatVerdict } from './format-statement.ts'
import { formatConcatenation, formatInterval } from './format-value.ts'

/** Ends with a line break. Counters without values are written without. */
export function formatTable(content: TableContent): string {
  const { table, chains, sets, objects = [], flowtables = [], isDormant } = content
  const definitions = new Map([...sets].map(([name, { set }]) => [name, set]))
  const context = { sets: definitions, family: table.family }
  const blocks = [
    ...(isDormant === true ? [['flags dormant']] : []),
    ...objects.map(objectLines),
    ...[...sets.values()].map(setLines),
    ...flowtables.map(flowtableLines),
    ...[...chains.values()].map((content) => chainLines(content, context)),
  ]
  const lines = blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]))
  return `table ${formatTableName(table)} {\n${lines.map(indent).join('\n')}\n}\n`
}

/** For example `inet margay`. */
export function formatTableName({ family, name }: Table): string {
  return `${family} ${name}`
}

/** The key alone, without datum and comment. */
export function formatElementKey(set: Pick<NftSet, 'key'>, { key, keyEnd }: NftElement): string {
  if (key === undefined) return '*'
  return keyEnd === undefined ? formatConcatenation(set.key, key) : formatInterval(set.key, key, keyEnd)
}

export function formatElement(set: NftSet, element: NftElement): string {
  const { data, comment } = element
  return [
    formatElementKey(set, element),
    ...(comment === undefined ? [] : [`comment ${JSON.stringify(comment)}`]),
    ...(data === undefined ? [] : [':', formatData(set, data)]),
  ].join(' ')
}

function formatData(set: NftSet, data: NonNullable<NftElement['data']>): string {
  if (!(data instanceof Uint8Array)) return formatVerdict(data)
  return formatConcatenation(Array.isArray(set.data) ? set.data : [], data)
}

function objectLines({ kind, name, value }: NamedObject): string[] {
  return [`${kind} ${name} {`, ...(value === undefined ? [] : [indent(valueText(value))]), '}']
}

/** What tells the kind is in front of the name already. */
function valueText(value: NonNullable<NamedObject['value']>): string {
  switch (value.type) {
    case 'counter':
    case 'limit':
      return formatRule({ expressions: [value] }).replace(/^\w+ /, '')
    case 'quota':
      return `${value.over === true ? 'over ' : ''}${value.bytes} bytes used ${value.usedBytes} bytes`
    case 'ct helper':
      return `type ${JSON.stringify(value.helper)} protocol ${value.protocol}`
  }
}

function flowtableLines({ name, priority, devices }: Flowtable): string[] {
  const lines = [`hook ingress priority ${priority}`, `devices = { ${devices.join(', ')} }`]
  return [`flowtable ${name} {`, ...lines.map(indent), '}']
}

function setLines({ set, elements }: SetContent): string[] {
  const texts = Array.from(elements, (element) => formatElement(set, element)).sort()
  return [
    `${set.data === undefined ? 'set' : 'map'} ${set.name} {`,
    ...setAttributes(set).map(indent),
    ...(texts.length === 0
      ? []
      : ['elements = {', ...texts.map((text) => `${indent(text)},`), '}'].map(indent)),
    '}',
  ]
}

function setAttributes({ key, data, interval, dynamic, timeoutMs, size, comment }: NftSet): string[] {
  const flags = [
    ...(interval === true ? ['interval'] : []),
    ...(dynamic === true ? ['dynamic'] : []),
    ...(timeoutMs === undefined ? [] : ['timeout']),
  ]
  return [
    `type ${key.join(' . ')}${data === undefined ? '' : ` : ${data === 'verdict' ? data : data.join(' . ')}`}`,
    ...(flags.length === 0 ? [] : [`flags ${flags.join(',')}`]),
    ...(timeoutMs === undefined ? [] : [`timeout ${timeoutMs}ms`]),
    ...(size === undefined ? [] : [`size ${size}`]),
    ...(comment === undefined ? [] : [`comment ${JSON.stringify(comment)}`]),
  ]
}

function chainLines({ chain, rules }: ChainContent, context: RuleContext): string[] {
  const lines = [...chainAttributes(chain), ...rules.map((rule) => formatRule(rule, context))]
  return [`chain ${chain.name} {`, ...lines.map(indent), '}']
}

function chainAttributes({ hook, comment }: Chain): string[] {
  const comments = comment === undefined ? [] : [`comment ${JSON.stringify(comment)}`]
  if (hook === undefined) return comments
  const devices = hook.devices === undefined ? '' : ` devices = { ${hook.devices.join(', ')} }`
  return [
    ...comments,
    `type ${hook.type} hook ${hook.hook}${devices} priority ${hook.priority}; policy ${hook.policy};`,
  ]
}

function indent(line: string): string {
  return line === '' ? '' : `\t${line}`
}
