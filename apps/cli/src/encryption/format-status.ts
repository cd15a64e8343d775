/** The status of encryption for people. Pure. */
import type { Style } from '../output/style.ts'
import { visible } from '../output/table.ts'
import type { ClusterStatus } from './cluster-status.ts'
import type { NodeStatus } from './node-status.ts'
import { formatNodes } from './node-table.ts'
import { formatPairs } from './pair-tables.ts'

const mostNamed = 3

export function formatStatus(status: ClusterStatus, isWide: boolean, style: Style): string {
  const tables =
    status.versions.length === 0
      ? [whyNone(status.nodes)]
      : [formatNodes(status, isWide, style), formatPairs(status, isWide, style)]
  return [...tables, formatProblems(status.nodes)].filter((part) => part !== '').join('\n')
}

const howToSwitchOn =
  'Switch it on: wireguardEnabled: true (and wireguardEnabledV6) in the spec of FelixConfiguration default.'

function whyNone(nodes: readonly NodeStatus[]): string {
  if (nodes.length === 0) return 'There are no nodes.\n'
  if (nodes.every(({ agent }) => agent === 'None'))
    return `None of ${count(nodes.length, 'node')} has an agent, so nothing is encrypted and nothing is known. margay agent runs on each node.\n`
  const telling = nodes.filter(({ report }) => report !== undefined)
  if (telling.length === 0)
    return `No agent of ${count(nodes.length, 'node')} tells how it encrypts: agents are silent, or older than this.\n`
  const where =
    telling.length === nodes.length
      ? 'on all nodes'
      : `on all ${telling.length} of ${nodes.length} nodes that are heard of`
  const required = telling.filter(({ report }) => report?.required === true)
  if (required.length === 0) return `Encryption is off ${where}. ${howToSwitchOn}\n`
  return `Encryption is off ${where}, but required on ${required.length}: their pods can't talk to those of other nodes. ${howToSwitchOn}\n`
}

/** A line for each, with the nodes that tell it. */
function formatProblems(nodes: readonly NodeStatus[]): string {
  const all = nodes.flatMap(({ name, problems }) => [...new Set(problems)].map((line) => ({ name, line })))
  if (all.length === 0) return ''
  const lines = Array.from(
    Map.groupBy(all, ({ line }) => line),
    ([line, told]) => {
      const names = told.map(({ name }) => name)
      return `  ${names.length > mostNamed ? count(names.length, 'node') : names.join(', ')}: ${visible(line)}\n`
    },
  )
  return `Problems:\n${lines.join('')}`
}

function count(many: number, word: string): string {
  return `${many} ${word}${many === 1 ? '' : 's'}`
}
