/**
 * What agents tell of their own nodes: one Event for each node and reason, which counts how often. So there are a few for each node,
 * also on a server that keeps events for ever.
 */
import type { Event } from './schema.ts'

/** Events of objects without a namespace are there. */
export const nodeEventNamespace = 'default'

/** `reason` is one word in CamelCase. */
export function nodeEventName(node: string, reason: string): string {
  return `${node}.${reason.toLowerCase()}`
}

/** Could it be one of this node? Names of nodes may have dots themselves. */
export function isNodeEventName(name: string, node: string): boolean {
  const dot = name.lastIndexOf('.')
  return dot > 0 && name.slice(0, dot) === node && /^[a-z]+$/.test(name.slice(dot + 1))
}

export function isEventAboutNode({ involvedObject }: Pick<Event, 'involvedObject'>, node: string): boolean {
  const { kind, name, namespace = '' } = involvedObject
  return kind === 'Node' && name === node && namespace === ''
}
