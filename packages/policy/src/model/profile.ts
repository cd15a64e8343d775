import type { Rule } from './rule.ts'

/** Last rules for the host endpoints that name it. One that nobody made denies, in its place (spec I8). */
export interface Profile {
  readonly name: string
  readonly ingress: readonly Rule[]
  readonly egress: readonly Rule[]
}
