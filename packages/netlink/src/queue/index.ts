export type { HeldVerdict } from './messages.ts'
export type { QueuedPacket } from './packet.ts'
export { PacketQueue, type PacketQueueOptions } from './packet-queue.ts'
export type { QueueStatistics } from './queue-statistics.ts'
