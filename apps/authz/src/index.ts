export { type Answer, type Check, type Checker, NotReadyError } from './check/check.ts'
export type { Refusal } from './codec/refused-check-error.ts'
export {
  formatListenAddress,
  type ListenAddress,
  parseListenAddress,
} from './transport/listen/listen-address.ts'
export { ListenError } from './transport/listen/listen-error.ts'
export { startTransport, type Transport, type TransportOptions } from './transport/start-transport.ts'
