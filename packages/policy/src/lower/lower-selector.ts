/**
 * From the selectors of the v3 API to one selector over effective labels.
 *
 * Namespaces and service accounts have no labels of their own on an endpoint: they are inherited with the prefixes
 * `pcns.` and `pcsa.`, and so a selector over them is the same selector with its labels renamed.
 * Source: spec/api.md 3.4 to 3.6.
 */
import {
  and,
  type EntityRule,
  equals,
  has,
  isIn,
  mapLabels,
  not,
  parseSelector as parse,
  replaceNode,
  type Selector,
} from '@margay/resources'
import { Shared } from './shared.ts'

export const namespaceLabel = 'projectcalico.org/namespace'
export const serviceAccountLabel = 'projectcalico.org/serviceaccount'

/** Policies say the same again and again. */
const byText = new Shared<Selector>()
const byNamespace = new Shared<Selector>()

function parseSelector(text: string): Selector {
  return byText.of(text, () => parse(text))
}

export function inNamespace(namespace: string): Selector {
  return byNamespace.of(namespace, () => equals(namespaceLabel, namespace))
}

/** Which endpoints a namespaced policy applies to: always within its namespace. */
export function namespacedSubject(spec: SubjectSpec, namespace: string): Selector {
  const own = inNamespace(namespace)
  const base = isBlank(spec.selector) ? own : and(parseSelector(spec.selector), own)
  return isBlank(spec.serviceAccountSelector)
    ? base
    : and(base, withPrefix(spec.serviceAccountSelector, 'pcsa.'))
}

/** Which endpoints a global policy applies to. With a namespace selector, `all()` means all that have a namespace. */
export function globalSubject(spec: SubjectSpec): Selector {
  let subject = isBlank(spec.selector) ? undefined : parseSelector(spec.selector)
  if (!isBlank(spec.namespaceSelector)) {
    subject = narrowed(subject, withPrefix(spec.namespaceSelector, 'pcns.'), has(namespaceLabel))
  }
  if (!isBlank(spec.serviceAccountSelector)) {
    subject = narrowed(subject, withPrefix(spec.serviceAccountSelector, 'pcsa.'), has(serviceAccountLabel))
  }
  return subject ?? parseSelector('all()')
}

export interface SubjectSpec {
  readonly selector?: string | undefined
  readonly namespaceSelector?: string | undefined
  readonly serviceAccountSelector?: string | undefined
}

function narrowed(base: Selector | undefined, extra: Selector, allMeans: Selector): Selector {
  const combined = base === undefined ? extra : and(base, extra)
  return replaceNode(combined, (node) => (node.kind === 'All' ? allMeans : undefined))
}

/** The two selectors of one side of a rule: what it must be, and what it must not be. */
export interface PeerSelectors {
  readonly positive: Selector | undefined
  readonly negative: Selector | undefined
}

/**
 * A namespaced policy's peers are its own namespace's, unless a namespace selector says otherwise; a side that selects
 * nothing at all stays open to every address. `policyNamespace` is empty for a global policy.
 */
export function peerSelectors(peer: EntityRule, policyNamespace: string): PeerSelectors {
  const accounts = serviceAccounts(peer)
  const labels = isBlank(peer.selector) ? undefined : parseSelector(peer.selector)
  const negative = isBlank(peer.notSelector) ? undefined : parseSelector(peer.notSelector)
  const own = both(accounts, labels)
  const namespaces = peerNamespaces(peer, policyNamespace)
  const selects = own !== undefined || negative !== undefined || !isBlank(peer.namespaceSelector)
  return excluding(selects ? both(namespaces, own) : own, negative)
}

/** With a positive side, one and the same endpoint or network set must be in it and not in the negative one. */
function excluding(positive: Selector | undefined, negative: Selector | undefined): PeerSelectors {
  if (positive === undefined || negative === undefined) return { positive, negative }
  return { positive: and(positive, not(negative)), negative: undefined }
}

function peerNamespaces(peer: EntityRule, policyNamespace: string): Selector | undefined {
  if (isBlank(peer.namespaceSelector)) {
    return policyNamespace === '' ? undefined : inNamespace(policyNamespace)
  }
  return replaceNode(withPrefix(peer.namespaceSelector, 'pcns.'), (node) => {
    if (node.kind === 'All') return has(namespaceLabel)
    return node.kind === 'Global' ? not(has(namespaceLabel)) : undefined
  })
}

function serviceAccounts(peer: EntityRule): Selector | undefined {
  const { names, selector } = peer.serviceAccounts ?? {}
  const bySelector = isBlank(selector) ? undefined : withPrefix(selector, 'pcsa.')
  const byName = names === undefined || names.length === 0 ? undefined : isIn(serviceAccountLabel, names)
  return both(bySelector, byName)
}

function withPrefix(selector: string, prefix: string): Selector {
  return mapLabels(parseSelector(selector), (label) => prefix + label)
}

function both(left: Selector | undefined, right: Selector | undefined): Selector | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return and(left, right)
}

/** Only the empty text is as if absent: one of spaces is a selector, and matches everything (spec 3.1). */
function isBlank(selector: string | undefined): selector is undefined | '' {
  return selector === undefined || selector === ''
}
