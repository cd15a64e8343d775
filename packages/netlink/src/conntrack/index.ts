export type { Connection, ConnectionCounters, ConnectionTuple } from './connections.ts'
export { ConntrackSocket } from './conntrack-socket.ts'
