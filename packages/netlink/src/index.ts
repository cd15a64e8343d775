export { conntrackState, conntrackStatus } from './nftables/index.ts'
