/** What a node believes of its surroundings: neighbours, routes and addresses, without what only passes with time. */
import type { Lab, LabNode } from '@margay/lab'

interface Entry {
  readonly dst?: string
  readonly dev?: string
  readonly lladdr?: string
  readonly gateway?: string
  readonly local?: string
}

/** A line for each thing that is believed, of neighbours only pods. An address without a MAC is only a question. */
export async function knowledgeOf(lab: Lab, node: LabNode): Promise<Set<string>> {
  const [neighbours, routes, addresses] = await Promise.all([
    list(lab, node, ['neigh', 'show']),
    list(lab, node, ['-6', 'route', 'show', 'table', 'all']),
    list(lab, node, ['-6', 'addr', 'show']),
  ])
  return new Set([
    ...neighbours.flatMap(({ dst, dev, lladdr }) =>
      lladdr === undefined || dev?.startsWith('cali') !== true ? [] : `${dst} on ${dev} is ${lladdr}`,
    ),
    ...routes.map(({ dst, dev, gateway }) => `${dst} goes to ${dev} ${gateway ?? ''}`),
    ...addresses
      .flatMap((link) => (link as { addr_info?: Entry[] }).addr_info ?? [])
      .map(({ local }) => `has ${local}`),
  ])
}

async function list(lab: Lab, node: LabNode, args: readonly string[]): Promise<Entry[]> {
  const { stdout } = await lab.runInNode(node, 'ip', ['-j', ...args])
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as Entry[])
}
