export { type Answer, type Check, type Checker, NotReadyError } from './check/check.ts'
export type { Refusal } from './codec/refused-check-error.ts'
export type { IdentitySource } from './judge/claimed-identity.ts'
export { defaultJudgeOptions, type JudgeOptions, PolicyJudge } from './judge/policy-judge.ts'
export { isTrustDomain } from './judge/workload-identity.ts'
export type { LineSink, LoggedDecisions } from './log/decision-log.ts'
export { type RunAuthzOptions, runAuthz } from './main.ts'
export {
  formatListenAddress,
  type ListenAddress,
  parseListenAddress,
} from './transport/listen/listen-address.ts'
export { ListenError } from './transport/listen/listen-error.ts'
export { startTransport, type Transport, type TransportOptions } from './transport/start-transport.ts'
