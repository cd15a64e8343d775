/** Names of domains, as patterns mean them. Source: spec/dataplane.md 7.1. */

/** `*` is one or more whole labels. Names are in lower case and without a dot at the end; patterns in any case. */
export function isDomain(pattern: string, name: string): boolean {
  const labels = pattern.toLowerCase().split('.')
  const expressions = labels.map((label) => (label === '*' ? '[^.]+([.][^.]+)*' : label))
  return new RegExp(`^${expressions.join('[.]')}$`).test(name)
}
