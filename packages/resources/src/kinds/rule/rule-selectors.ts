/** Selectors of a rule's sides. Numbers of rules: spec/api.md 2.1. */
import type { Issue } from '../../schema/issue.ts'
import { checkGlobalAlone, checkNoGlobal, checkSelector } from './check-selector.ts'
import type { RuleSite } from './rule-site.ts'

/** 42, 43, 45 and 66. */
export function* checkRuleSelectors(site: RuleSite): Iterable<Issue> {
  for (const { peer, path } of site.sides) {
    yield* checkSelector(peer.selector, `${path}.selector`)
    yield* checkSelector(peer.notSelector, `${path}.notSelector`)
    yield* checkSelector(peer.namespaceSelector, `${path}.namespaceSelector`)
    yield* checkSelector(peer.serviceAccounts?.selector, `${path}.serviceAccounts.selector`)
    yield* checkNoGlobal(peer.selector, `${path}.selector`)
    yield* checkGlobalAlone(peer.namespaceSelector, `${path}.namespaceSelector`)
  }
}
