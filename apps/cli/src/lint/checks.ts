/** What is looked for, and why it matters. */
import type { Check } from '@margay/policy'

export interface CheckText {
  readonly level: 'warning' | 'note'
  /** A noun phrase. */
  readonly title: string
  readonly why: string
}

export const checks: Readonly<Record<Check, CheckText>> = {
  'rule-shadowed': {
    level: 'warning',
    title: 'A rule that never decides',
    why: 'Rules before it take every packet, and every HTTP request, that it matches. Whoever reads it believes that it does something.',
  },
  'rule-matches-nobody': {
    level: 'note',
    title: 'A rule that matches no packet',
    why: 'Nobody among the workloads, network sets and addresses that there are is meant. A label may be misspelt.',
  },
  'policy-selects-nobody': {
    level: 'note',
    title: 'A policy that applies to nobody',
    why: 'No workload and no host endpoint is selected. A label or a namespace may be misspelt.',
  },
  'policy-redundant': {
    level: 'note',
    title: 'A policy that can go',
    why: 'Without it the same packets, and the same HTTP requests, are allowed to and from all that it governs.',
  },
  'tier-without-effect': {
    level: 'note',
    title: 'A tier that decides nothing',
    why: 'Every packet that comes to it passes on to the next tier, or none comes to it.',
  },
  'egress-to-everywhere': {
    level: 'warning',
    title: 'A rule that lets everything out',
    why: 'Whoever takes over such a workload can send what it finds to any address.',
  },
}
