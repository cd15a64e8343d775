import type { EntityRule, Rule } from './schema.ts'

/** A rule and where it stands. */
export interface RuleSite {
  readonly rule: Rule
  /** Such as `spec.ingress[0]`. */
  readonly path: string
  readonly direction: 'ingress' | 'egress'
  /** Whether the policy belongs to no namespace. */
  readonly isGlobal: boolean
  /** The sides that the rule says something about. */
  readonly sides: readonly Side[]
}

export interface Side {
  readonly name: 'source' | 'destination'
  readonly peer: EntityRule
  /** Such as `spec.ingress[0].source`. */
  readonly path: string
}

export function sidesOf(rule: Rule, path: string): Side[] {
  const names = ['source', 'destination'] as const
  return names.flatMap((name) => {
    const peer = rule[name]
    return peer === undefined ? [] : [{ name, peer, path: `${path}.${name}` }]
  })
}
