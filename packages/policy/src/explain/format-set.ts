/** A selector for people: the namespace that nearly every one asks for stands at its end. */
import { formatSelector, type Selector } from '@margay/resources'
import { namespaceLabel } from '../lower/lower-selector.ts'

/** `app == "web" in namespace shop`, `in namespace shop`, or the selector as it is. */
export function formatSet(selector: Selector): string {
  const parts = conjuncts(selector).filter((it) => !isOfEveryPod(it))
  const namespaces = parts.filter((it) => it.kind === 'Equals' && it.label === namespaceLabel)
  const [namespace] = namespaces
  const labels = parts.filter((it) => it !== namespace).map(formatSelector)
  const place = namespace?.kind === 'Equals' ? [`in namespace ${namespace.value}`] : []
  const text = [...(labels.length === 0 ? [] : [labels.join(' && ')]), ...place].join(' ')
  return text === '' ? formatSelector(selector) : text
}

function conjuncts(selector: Selector): Selector[] {
  return selector.kind === 'And' ? selector.operands.flatMap(conjuncts) : [selector]
}

/** What conversion of Kubernetes' policies adds, so that they select nothing but pods. */
function isOfEveryPod(selector: Selector): boolean {
  return (
    selector.kind === 'Equals' &&
    selector.label === 'projectcalico.org/orchestrator' &&
    selector.value === 'k8s'
  )
}
