export { type Answer, type Check, type Checker, NotReadyError } from './check/check.ts'
export { defaultJudgeOptions, type JudgeOptions, PolicyJudge } from './judge/policy-judge.ts'
