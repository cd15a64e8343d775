export { type Answer, type Check, type Checker, NotReadyError } from './check/check.ts'
