export type { LoggedPacket } from './packet.ts'
export { PacketLog, type PacketLogOptions } from './packet-log.ts'
