/** What the kernel tells of a queue. Source: Linux, net/netfilter/nfnetlink_queue.c, seq_show. */
import { readFileSync } from 'node:fs'
import { inNetworkNamespace } from '../syscalls/network-namespace.ts'

export interface QueueStatistics {
  /** Packets that have no verdict yet, read or not. */
  readonly held: number
  /** Dropped since the queue was full. Those that passed then are not counted. */
  readonly droppedFull: number
  /** Dropped since the program did not read them in time. */
  readonly droppedUnread: number
  /** The number of the latest packet. */
  readonly lastId: number
}

/** Undefined when no program has this queue. @throws SyscallError when the namespace is gone */
export function readQueueStatistics(number: number, netns: string | undefined): QueueStatistics | undefined {
  const text = inNetworkNamespace(netns, () =>
    readFileSync('/proc/thread-self/net/netfilter/nfnetlink_queue', 'utf8'),
  )
  return parseQueueStatistics(number, text)
}

/** One line for each queue: number, port, held, way of copying, bytes to copy, dropped twice, latest number, 1. */
export function parseQueueStatistics(number: number, text: string): QueueStatistics | undefined {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const fields = lines.find(([first], index) => first === number && lines[index]?.length === 9)
  if (fields === undefined) return undefined
  const [, , held = 0, , , droppedFull = 0, droppedUnread = 0, lastId = 0] = fields
  return { held, droppedFull, droppedUnread, lastId }
}
