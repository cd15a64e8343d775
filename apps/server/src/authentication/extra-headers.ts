/** `PREFIX-KEY: value` headers, with keys in lower case and percent-encoded. Source: Kubernetes authentication. */
import type { HeaderList } from '../http/header-list.ts'

/** Undefined when there are none. */
export function extraOf(headers: HeaderList, prefix: string): Record<string, string[]> | undefined {
  const found = headers.withPrefix(prefix)
  if (found.length === 0) return undefined
  const byKey = Map.groupBy(found, ([key]) => decodeKey(key))
  return Object.fromEntries([...byKey].map(([key, pairs]) => [key, pairs.map(([, value]) => value)]))
}

/** A key that is no percent-encoding is taken as it stands. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
