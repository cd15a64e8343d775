/** The published shapes: clusters as large as benchmarks of other systems have them, the same in every run. */
import type { Pod, Resource } from '@margay/resources'
import {
  globalPolicyOf,
  localNode,
  namespaceOf,
  networkSetOf,
  type PodPlan,
  podOf,
  policyOf,
} from './objects.ts'

/** In an order in which an API takes them. Each size is for one namespace or one endpoint of the shape. */
export type Shape = (size: number) => Resource[]

/** Of each shape, the pods of `localNode`. */
export const localPods = 200

export const markers = 31

/**
 * `size` endpoints elsewhere and 200 local ones in 100 namespaces. Each has labels one-in-10, -11, -20, -30 and -40, of as many values,
 * and one of 31 markers. A policy for each 25 of them, each `has(marker)`, allows in five rules what `has(marker)` of another.
 */
export function snapshot(size: number): Resource[] {
  return [
    ...times(100, (i) => namespaceOf(`namespace-${i}`)),
    ...spread(size + localPods, localPods).map((plan) =>
      podOf({ ...plan, namespace: `namespace-${plan.index % 100}`, labels: snapshotLabels(plan.index) }),
    ),
    ...times(size / 25, (i) =>
      globalPolicyOf(
        `policy-${i}`,
        has(i),
        times(5, (rule) => has(i + rule + 1)),
      ),
    ),
  ]
}

function snapshotLabels(i: number): Record<string, string> {
  return {
    'one-in-10': `value-${i % 10}`,
    'one-in-11': `value-${i % 11}`,
    'one-in-20': `value-${i % 20}`,
    'one-in-30': `value-${i % 30}`,
    'one-in-40': `value-${i % 40}`,
    [`marker-${i % markers}`]: 'true',
  }
}

function has(i: number): string {
  return `has(marker-${i % markers})`
}

const netSizes = [1, 1, 1, 1, 2, 3, 4, 5, 100, 1000]

/** `size` endpoints, of which 200 are local, and as many network sets. For each set a policy on `all()` allows from it by its label. */
export function netsets(size: number): Resource[] {
  const sizes = times(size, (i) => netSizes[i % netSizes.length] ?? 1)
  let next = 0
  return [
    namespaceOf('pods'),
    ...spread(size, localPods).map((plan) =>
      podOf({ ...plan, namespace: 'pods', labels: { app: `app-${plan.index % 100}` } }),
    ),
    ...sizes.map((count, i) => {
      const first = next
      next += count
      return networkSetOf(
        `set-${i}`,
        { set: `set-${i}` },
        times(count, (net) => outside(first + net)),
      )
    }),
    ...times(size, (i) => globalPolicyOf(`policy-${i}`, 'all()', [`set == 'set-${i}'`])),
  ]
}

/** An address that no pod has, each of its own. */
function outside(i: number): string {
  return `${172 + (i >> 23)}.${(i >> 15) & 255}.${(i >> 7) & 255}.${(i << 1) & 255}/32`
}

export const podsPerCustomer = 2
export const localCustomers = 100

/**
 * `size` namespaces of two pods that look alike, and may be reached by each other only; 100 pods are local. A pod has 15 labels: 5 of
 * its own, 4 of two values, 4 of few, one that all have alike, and one of 5,000 values.
 */
export function isolatedCustomers(size: number): Resource[] {
  return [
    ...times(size, (i) => namespaceOf(customer(i))),
    ...spread(size * podsPerCustomer, localCustomers).map((plan) =>
      podOf({
        ...plan,
        namespace: customer(Math.floor(plan.index / podsPerCustomer)),
        labels: customerLabels(plan.index),
      }),
    ),
    ...times(size, (i) => policyOf(customer(i), 'all()', ['all()'])),
  ]
}

function customer(i: number): string {
  return `customer-${i}`
}

function customerLabels(i: number): Record<string, string> {
  return {
    'unique-0': `a-${i}`,
    'unique-1': `b-${i}`,
    'unique-2': `c-${i}`,
    'unique-3': `d-${i}`,
    'unique-4': `e-${i}`,
    'binary-0': bit(i, 0),
    'binary-1': bit(i, 1),
    'binary-2': bit(i, 2),
    'binary-3': bit(i, 3),
    'few-0': `value-${i % 3}`,
    'few-1': `value-${i % 5}`,
    'few-2': `value-${i % 7}`,
    'few-3': `value-${i % 11}`,
    all: 'same',
    many: `value-${i % 5000}`,
  }
}

function bit(i: number, position: number): string {
  return ((i >> position) & 1) === 1 ? 'true' : 'false'
}

export function isLocal(pod: Pod): boolean {
  return pod.spec?.nodeName === localNode
}

/** Pods, of which so many are local, all over the list. */
function spread(
  count: number,
  local: number,
): (Pick<PodPlan, 'name' | 'index' | 'isLocal'> & { index: number })[] {
  const step = Math.max(1, Math.floor(count / local))
  return times(count, (index) => ({
    name: `pod-${index}`,
    index,
    isLocal: index % step === 0 && index / step < local,
  }))
}

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i))
}
